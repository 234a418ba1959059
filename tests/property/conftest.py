"""Random data takes as long as the machine takes: no example has a deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
