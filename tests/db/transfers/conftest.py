"""A partner's desk."""

from __future__ import annotations

import pytest

from tests.db.transfers.desk import Desk


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()
