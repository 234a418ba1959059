"""A hundred workers killed by `kill -9`, each at a moment of its work that chance chooses.

A quarter each amid imports, runs, exports and reminders. All work comes to the end that an
undisturbed worker brings it to (hardening 1 to 4); in the controls, with a guard taken away, it
does not. `CHAOS_SEED` chooses the moments of an earlier run again.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator

import pytest

from tests import invariants
from tests.chaos.killing import (
    Nursery,
    Work,
    chance,
    kill_amid,
    running_nursery,
    work_off,
)
from tests.chaos.works import (
    Exports,
    Imports,
    Mails,
    Reminders,
    Runs,
    differences,
    mail_server,
)
from tests.plugins.database import FreshDatabase
from tests.simulators import Simulators

pytestmark = pytest.mark.chaos
KILLS, PARTS = 25, 20
KINDS: dict[str, Callable[[], Work]] = {
    "import": Imports,
    "run": Runs,
    "export": Exports,
}


@pytest.fixture
def mails() -> Iterator[Mails]:
    with mail_server() as mails:
        yield mails


@pytest.fixture
def nursery(fresh_database: FreshDatabase, vendors: Simulators, mails: Mails) -> Iterator[Nursery]:
    settings = {
        **os.environ,
        **mails.settings,
        "DATABASE_URL": fresh_database.url,
        "FLEETWARD_IMPORTS__BATCH_ROWS": "100",
        "FLEETWARD_IMPORTS__LANES": "2",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with running_nursery(settings) as nursery:
        yield nursery


@pytest.fixture
def work(kind: str, mails: Mails) -> Work:
    return Reminders(mails) if kind == "reminder" else KINDS[kind]()


def moments_of(nursery: Nursery, work: Work) -> int:
    """How many a piece has, as it takes when nobody disturbs it."""
    for _ in range(work.variety):
        work.begin()
    return work_off(nursery, work) // work.variety


@pytest.mark.parametrize("kind", [*KINDS, "reminder"])
def test_killed_workers_lose_and_double_nothing(nursery: Nursery, work: Work) -> None:
    luck, whole = chance(), moments_of(nursery, work)
    work.begin()
    kill_amid(nursery, work, KILLS, lambda: luck.randint(1, whole))
    assert differences(work) == []
    for tenant in work.tenants:
        invariants.everything_holds(tenant)


@pytest.mark.parametrize(
    ("kind", "guard", "lost"),
    [
        ("import", "count_batches_before_they_are_stored", "devices"),
        ("run", "close_batches_before_their_answers_are_stored", "lines"),
        ("export", "announce_exports_before_they_are_made", "content"),
        ("reminder", "claim_a_day_before_it_is_told", "reminders"),
    ],
)
def test_control_without_a_guard_they_do(
    nursery: Nursery, work: Work, guard: str, lost: str
) -> None:
    """Workers are killed early, late and between, in any order, each amid one piece alone."""
    luck, whole = chance(), moments_of(nursery, work)
    for part in luck.sample(range(1, PARTS), PARTS - 1):
        work.begin()
        kill_amid(nursery, work, 1, itertools.repeat(whole * part // PARTS).__next__, guard)
        if lost in {what for what, _, _ in differences(work)}:
            return
    pytest.fail("nothing is lost")
