"""`kill -9` of the worker in the middle of an import, and two imports of one list at a time.

Nothing is lost and nothing doubled (hardening 1 to 4); the controls show that the harness can tell.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.devices.actions import effects
from fleetward.devices.imports.actions import run_import, upload_list
from fleetward.devices.imports.contracts import ImportDetail, ImportState, Upload
from fleetward.devices.imports.queries import get_import
from fleetward.devices.models import Device, ImportRow
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from tests.cast import actor_of, make_cast
from tests.chaos.real_workers import real_workers
from tests.db.imports.lists import analysed, csv_of
from tests.plugins.database import FreshDatabase
from tests.races import wait_until

pytestmark = pytest.mark.chaos
ROWS, BATCH, KILLED_IN_BATCH = 1_000, 100, 4
LIST = csv_of([(f"SN{n:05d}", "Lenovo", "", f"PC-{n}") for n in range(ROWS)])


@dataclass(frozen=True)
class Place:
    actor: Actor
    tenant: int
    url: str

    def environment(self, lanes: int) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "FLEETWARD_IMPORTS__LANES": str(lanes),
            "FLEETWARD_IMPORTS__BATCH_ROWS": str(BATCH),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }


@pytest.fixture
def place(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: BATCH)
    cast = make_cast()
    return Place(actor_of(cast.device_admin), cast.acme.id, fresh_database.url)


def started(place: Place) -> ImportDetail:
    return analysed(place.actor, place.tenant, LIST, starts_itself=True)


def worker(place: Place, found: ImportDetail, mode: str, lanes: int = 2) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.chaos.import_worker",
            str(place.tenant),
            str(found.summary.id),
            mode,
        ],
        env=place.environment(lanes),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def killed_and_resumed(place: Place, mode: str, lanes: int = 2) -> ImportDetail:
    """Kill the first worker within a batch; a second one goes on."""
    found = started(place)
    first = worker(place, found, mode, lanes)
    assert first.stdout
    for _ in range(KILLED_IN_BATCH):
        assert first.stdout.readline() == "claimed\n"
    first.kill()
    first.communicate()
    worker(place, found, mode, lanes).communicate()
    return get_import(actor=place.actor, tenant=place.tenant, uid=found.summary.uid)


def raced(place: Place, mode: str) -> list[int]:
    """Two imports of the same list at once; how their workers ended."""
    workers = [worker(place, found, mode) for found in (started(place), started(place))]
    for one in workers:
        one.communicate()
    return [one.returncode for one in workers]


def devices(place: Place) -> int:
    with tenant_scope([place.tenant]):
        return Device.objects.count()


def ended(place: Place) -> Counter[str]:
    with tenant_scope([place.tenant]):
        return Counter(ImportRow.objects.values_list("outcome", flat=True))


def is_complete(place: Place, found: ImportDetail) -> bool:
    return (
        found.summary.state is ImportState.DONE
        and found.summary.counts.rows == ROWS
        and devices(place) == ROWS
        and ended(place) == {"NEW": ROWS}
    )


@pytest.mark.parametrize("lanes", [1, 2])
def test_a_killed_worker_loses_and_doubles_nothing(place: Place, lanes: int) -> None:
    assert is_complete(place, killed_and_resumed(place, "kill", lanes))


def test_control_with_the_counter_committed_on_its_own_a_kill_loses_rows(place: Place) -> None:
    assert not is_complete(place, killed_and_resumed(place, "kill-", lanes=1))
    assert ended(place)["NEW"] == ROWS - BATCH


def test_two_imports_of_one_list_at_a_time_make_each_device_once(place: Place) -> None:
    assert raced(place, "race") == [0, 0]
    assert devices(place) == ROWS
    assert ended(place) == {"NEW": ROWS, "UNCHANGED": ROWS}


def test_control_without_the_conflict_clause_the_race_breaks_an_import(place: Place) -> None:
    assert any(raced(place, "race-"))
    assert sum(ended(place).values()) < 2 * ROWS


def test_two_workers_of_one_import_store_each_batch_once(place: Place) -> None:
    found = started(place)
    for one in [worker(place, found, "kill"), worker(place, found, "kill")]:
        one.communicate()
    again = get_import(actor=place.actor, tenant=place.tenant, uid=found.summary.uid)
    assert is_complete(place, again)


def waiting_lanes(place: Place) -> int:
    """Transactions that have written a batch and wait for their turn to close it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND objid = %s",
            [place.tenant],
        )
        return int(cursor.fetchone()[0])


@contextmanager
def standing_still(place: Place, lanes: int) -> Iterator[None]:
    """Each lane of the worker has written a batch and can go no further while the block runs."""
    with tenant_scope([place.tenant]):
        effects.take_turn(tenant=place.tenant)
        wait_until(lambda: waiting_lanes(place) == lanes, "no worker stores anything")
        yield


def kill_amid_a_batch(place: Place, worker: subprocess.Popen[bytes], lanes: int) -> None:
    """Each of its lanes has stored one batch and is about to close the second."""
    with standing_still(place, lanes):
        assert not devices(place)
    # Now we stand behind the lanes, which take their turn before us.
    with standing_still(place, lanes):
        worker.kill()
        worker.wait()


def sent(place: Place) -> Callable[[], ImportDetail]:
    """A list on its way into the queue; what has become of it so far."""
    uid = upload_list(
        actor=place.actor,
        tenant=place.tenant,
        upload=Upload(file_name="list.csv", starts_itself=True),
        chunks=[LIST],
        now=utc_now(),
    ).uid
    return lambda: get_import(actor=place.actor, tenant=place.tenant, uid=uid)


def test_another_worker_ends_the_import_of_a_killed_one(place: Place) -> None:
    present = sent(place)
    settings = place.environment(lanes=2)
    with real_workers(settings, 1) as (first,):
        kill_amid_a_batch(place, first, lanes=2)
    assert present().summary.state is ImportState.RUNNING
    assert devices(place) == 2 * BATCH
    with real_workers(settings, 1):
        wait_until(lambda: present().summary.state is not ImportState.RUNNING, "nobody goes on")
    assert is_complete(place, present())
    with tenant_scope([place.tenant]):
        assert Entry.objects.filter(verb="import.finished").count() == 1
        assert Notification.objects.filter(kind="IMPORT_DONE").count() == 1


def test_control_a_worker_that_counts_a_batch_before_it_is_stored_loses_rows(place: Place) -> None:
    present = sent(place)
    hasty = ("tests.chaos.hasty_worker",)
    with real_workers(place.environment(lanes=1), 1, command=hasty) as (first,):
        kill_amid_a_batch(place, first, lanes=1)
    run_import(tenant=place.tenant, run=present().summary.id, clock=utc_now)
    assert not is_complete(place, present())
    assert devices(place) == ROWS - BATCH
