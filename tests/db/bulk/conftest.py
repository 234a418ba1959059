"""A tenant with a few devices."""

from __future__ import annotations

import pytest

from tests.db.bulk.work import Place


@pytest.fixture
def place(db: None) -> Place:
    return Place()
