"""The cast of most tests (design, 11). Who needs another one makes it under the same name."""

from __future__ import annotations

import pytest

from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
