"""`kill -9` of a worker in the middle of a run, and two workers on one run.

Nothing is lost and nothing doubled, and what was answered is asked about once (hardening 1 to 4);
the controls show that the harness can tell.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.contracts import RunRow, RunState
from fleetward.warranty.models import Batch, Coverage, Entitlement
from tests import invariants
from tests.bulk import MANUFACTURERS, begin, finish, outcomes_of, process, row_of, set_up
from tests.cast import add_devices, make_tenant
from tests.chaos.real_workers import real_workers
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv
from tests.races import wait_until
from tests.simulators import Simulators

pytestmark = pytest.mark.chaos
DEVICES, KILLED_AT = 800, 3
LEASE_SECONDS = "5"


@dataclass(frozen=True)
class Place:
    actor: Actor
    tenant: int
    url: str
    vendors: Simulators

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DATABASE_URL": self.url, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def place(fresh_database: FreshDatabase, vendors: Simulators, set_env: SetEnv) -> Place:
    set_env(FLEETWARD_WARRANTY__LEASE_SECONDS=LEASE_SECONDS)
    tenant = make_tenant().id
    for vendor in ("dell", "hp"):
        vendors.dial(vendor, count_serials=True)
    return Place(set_up(tenant, "dell", "hp"), tenant, fresh_database.url, vendors)


def worker(place: Place, run: RunRow, mode: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.run_worker", str(place.tenant), str(run.id), mode],
        env=place.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def kill_at(number: int, first: subprocess.Popen[str], word: str) -> None:
    """Kill a worker while it stands still, there for the first, second, third time."""
    assert first.stdin
    assert first.stdout
    assert first.stdout.readline() == word
    for _ in range(number - 1):
        first.stdin.write("\n")
        first.stdin.flush()
        assert first.stdout.readline() == word
    first.kill()
    first.communicate()


def killed(place: Place, mode: str, vendor: str = "dell", number: int = KILLED_AT) -> RunRow:
    """A run whose only worker was killed while it stored, or after it kept, a batch."""
    add_devices(place.tenant, DEVICES, MANUFACTURERS[vendor])
    run = begin(place.actor, place.tenant)
    kill_at(number, worker(place, run, mode), "kept\n" if mode.startswith("keep") else "stored\n")
    return run


def recorded(place: Place) -> set[str]:
    with tenant_scope([place.tenant]):
        found = Coverage.objects.filter(checked_at__isnull=False).values_list("device", flat=True)
        serials = Device.objects.filter(id__in=list(found)).values_list("serial", flat=True)
        return set(serials)


def lines(place: Place) -> list[tuple[int, str]]:
    """Every entitlement: whose it is, and its digest."""
    with tenant_scope([place.tenant]):
        return sorted(Entitlement.objects.values_list("device", "line_key"))


def asked_twice(place: Place, vendor: str = "dell") -> set[str]:
    serials = place.vendors.stats(vendor)["serials"]
    return {serial for serial, times in serials.items() if times > 1}


def nothing_is_lost_or_doubled(place: Place, run: RunRow) -> None:
    """Each device ended once, and what it ended with is stored, as an undisturbed run says."""
    assert row_of(place.tenant, run.id).state is RunState.DONE
    ended = outcomes_of(place.tenant, run.id)
    assert len(ended) == DEVICES
    assert set(ended.values()) <= {"FOUND", "NOT_FOUND"}
    assert len(recorded(place)) == DEVICES
    invariants.everything_holds(place.tenant)
    before = lines(place)
    process(place.actor, place.tenant)
    assert before == lines(place)


@pytest.mark.parametrize(("mode", "stored"), [("store", KILLED_AT - 1), ("keep", 0)])
def test_a_killed_worker_loses_and_doubles_nothing_and_nothing_is_asked_twice(
    place: Place, mode: str, stored: int
) -> None:
    """Before it is stored, and while it is stored."""
    run = killed(place, mode)
    assert len(recorded(place)) == stored * 100
    invariants.everything_holds(place.tenant)
    worker(place, run, mode).communicate()
    assert not asked_twice(place)
    nothing_is_lost_or_doubled(place, run)


def test_control_with_batches_closed_before_their_answers_are_stored_a_kill_loses_some(
    place: Place,
) -> None:
    run = killed(place, "close-")
    finish(place.tenant, run)
    with pytest.raises(AssertionError, match=f"{DEVICES - 100} == {DEVICES}"):
        nothing_is_lost_or_doubled(place, run)


@pytest.mark.parametrize(("mode", "lost"), [("store-", 1), ("keep-", KILLED_AT)])
def test_control_what_was_answered_and_is_kept_nowhere_is_asked_about_again(
    place: Place, mode: str, lost: int
) -> None:
    run = killed(place, mode)
    worker(place, run, mode).communicate()
    assert len(asked_twice(place)) == lost * 100


@pytest.mark.parametrize("number", [1, 2])
def test_a_killed_worker_s_job_at_hp_goes_on_and_is_not_submitted_again(
    place: Place, number: int
) -> None:
    """Killed when HP has taken the job, and when the job was looked at."""
    run = killed(place, "keep", "hp", number)
    worker(place, run, "keep").communicate()
    assert place.vendors.stats("hp")["jobs"] == 1
    nothing_is_lost_or_doubled(place, run)


def test_control_a_job_that_is_written_down_nowhere_is_submitted_again(place: Place) -> None:
    run = killed(place, "keep-", "hp", 1)
    worker(place, run, "keep-").communicate()
    assert place.vendors.stats("hp")["jobs"] == 2
    assert len(asked_twice(place, "hp")) == DEVICES


def wait_for_end(place: Place, run: RunRow, seconds: float = 90) -> RunRow:
    def is_over() -> bool:
        return not row_of(place.tenant, run.id).state.is_open

    wait_until(is_over, "the run does not end", seconds=seconds)
    return row_of(place.tenant, run.id)


def batches_done(place: Place, run: RunRow) -> int:
    with tenant_scope([place.tenant]):
        return Batch.objects.filter(run_id=run.id, state="DONE").count()


def test_another_worker_ends_the_run_of_a_killed_one(place: Place) -> None:
    add_devices(place.tenant, 3_000)
    place.vendors.dial("dell", latency_ms=300)
    with real_workers(place.environment, 2) as workers:
        run = start_run(actor=place.actor, tenant=place.tenant, now=utc_now())
        wait_until(lambda: batches_done(place, run) >= 3, "the workers do not work", seconds=60)
        workers[0].kill()
        before = recorded(place)
        over = wait_for_end(place, run)
    assert (over.state, over.devices) == (RunState.DONE, 3_000)
    assert len(outcomes_of(place.tenant, run.id)) == 3_000
    assert not asked_twice(place) & before
    with tenant_scope([place.tenant]):
        assert Entry.objects.filter(verb="run.finished").count() == 1
    invariants.everything_holds(place.tenant)


def test_w15_two_workers_keep_the_quota_and_use_it(place: Place, set_env: SetEnv) -> None:
    """30 calls a minute, as the simulator counts; `make bench` tries 600 for five minutes."""
    add_devices(place.tenant, 3_200)
    place.vendors.dial("dell", quota_per_minute=30)
    set_env(FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE="30")
    with real_workers(place.environment, 2):
        run = start_run(actor=place.actor, tenant=place.tenant, now=utc_now())
        wait_for_end(place, run, seconds=150)
    stats = place.vendors.stats("dell")
    # The sign-in took a slot as well: 33 calls, of which three had to wait for the next minute.
    assert (stats["data_calls"], stats["exceeded"]) == (32, 0), stats
    assert 60 < stats["latest_at"] - stats["first_at"] < 90
