"""A tenant with a few devices."""

from __future__ import annotations

import pytest

from tests.db.bulk.listed import Lists
from tests.db.bulk.work import Place
from tests.db.warranty.conftest import simulator_server, simulators, vendors

__all__ = ["simulator_server", "simulators", "vendors"]


@pytest.fixture
def place(db: None) -> Place:
    return Place()


@pytest.fixture
def lists(db: None) -> Lists:
    return Lists()
