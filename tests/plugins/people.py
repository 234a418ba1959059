"""The cast of most tests (design, 11). Who needs another one makes it under the same name."""

from __future__ import annotations

import itertools

import pytest
from structlog.contextvars import clear_contextvars

import tests.cast
from tests.cast import Cast, make_cast


@pytest.fixture(autouse=True)
def _numbers_of_its_own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serials do not depend on the tests before, and with them neither do simulators' answers.

    Nor does the request of a test before stand in what this one writes into a trail.
    Tests in a browser share an installation, and thus its numbers.
    """
    clear_contextvars()
    if request.node.get_closest_marker("browser") is None:
        monkeypatch.setattr(tests.cast, "_number", itertools.count(1))


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
