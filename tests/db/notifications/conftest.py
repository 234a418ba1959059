"""A tenant with webhooks, and somebody who receives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Cast
from tests.db.notifications.office import Office
from tests.db.notifications.receiver import Receiver, receiving
from tests.plugins.variables import SetEnv


@pytest.fixture(autouse=True)
def loopback(set_env: SetEnv) -> None:
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="127.0.0.1")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def office(cast: Cast) -> Office:
    return Office(cast)
