"""How hypothesis tries examples: without a deadline, because no test depends on speed."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
