"""A tenant with a few devices, and who deletes them by file."""

from __future__ import annotations

import pytest

from tests.db.serials.files import Desk


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()
