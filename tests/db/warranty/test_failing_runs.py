"""Every run ends (hardening, nothing lost 6): when our own part fails, when it takes too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.config.env import env
from fleetward.connections.contracts import Connection
from fleetward.connections.queries import rows_of
from fleetward.connectors.guarded import guarded
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.tenancy.contracts import Role
from fleetward.warranty import jobs
from fleetward.warranty.actions import running
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.actions.opening import open_lane
from fleetward.warranty.actions.running import plan_run, watch_run
from fleetward.warranty.actions.runs import cancel_run, start_run
from fleetward.warranty.contracts import (
    STOPPED,
    DeviceKey,
    Page,
    Reason,
    RunRow,
    RunState,
    WarrantyProvider,
)
from fleetward.warranty.models import Batch, Coverage, Run
from fleetward.warranty.queries.providers import providers, use_providers
from fleetward.warranty.rules import PATIENT
from tests.bulk import begin, finish, outcomes_of, process, row_of, set_up
from tests.cast import add_devices, make_tenant, make_user
from tests.plugins.database import FreshDatabase
from tests.simulators import Simulators

FAILURES = 6


@dataclass
class Failing:
    """Somebody else's plug-in, which works but for one serial ('' is every one).

    `trouble` is what it raises, or the page that it gives, then.
    """

    inner: WarrantyProvider
    trouble: Exception | Page
    serial: str = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        if any(self.serial in key.serial for key in devices):
            if isinstance(self.trouble, Page):
                return self.trouble
            raise self.trouble
        return self.inner.ask(conn, devices, resume)


@dataclass(frozen=True)
class Place:
    actor: Actor
    tenant: int

    def told(self) -> tuple[list[str], list[str]]:
        """Notifications and entries of the trail about runs."""
        with tenant_scope([self.tenant]):
            about = Notification.objects.filter(kind__startswith="RUN_").order_by("id")
            verbs = Entry.objects.filter(verb__startswith="run.").order_by("id")
            kinds = about.values_list("kind", flat=True)
            return list(kinds), list(verbs.values_list("verb", flat=True))


def make_place() -> Place:
    tenant = make_tenant().id
    make_user(roles={tenant: Role.IT_ADMIN})
    return Place(set_up(tenant, "dell", "lenovo"), tenant)


@pytest.fixture
def failing(vendors: Simulators) -> Iterator[Callable[[Exception | Page, str], None]]:
    """Make the connector of Dell fail; the others stay."""
    usual = dict(providers())

    def fail(trouble: Exception | Page, serial: str = "") -> None:
        broken: Any = Failing(usual["dell"], trouble, serial)
        use_providers(lambda: MappingProxyType({**usual, "dell": guarded(broken)}))

    yield fail
    use_providers(lambda: MappingProxyType(usual))


Fail = Callable[..., None]


@pytest.mark.django_db
def test_a_device_that_a_connector_stumbles_over_costs_no_other_its_answer(failing: Fail) -> None:
    place = make_place()
    devices = add_devices(place.tenant, 30)
    with tenant_scope([place.tenant]):
        serial = Device.objects.get(id=devices[7]).serial
    failing(OverflowError("a number beyond all sense"), serial)
    run = process(place.actor, place.tenant)
    ended = outcomes_of(place.tenant, run.id)
    assert run.state is RunState.DONE_WITH_PROBLEMS
    assert ended.pop(devices[7]) == Reason.ANSWER_UNREADABLE
    assert set(ended.values()) <= {"FOUND", "NOT_FOUND"}


@pytest.mark.django_db
def test_w14_a_connector_that_speaks_of_no_device_has_answered_badly(failing: Fail) -> None:
    place = make_place()
    devices = add_devices(place.tenant, 3)
    failing(Page(()))
    run = process(place.actor, place.tenant)
    assert run.state is RunState.DONE_WITH_PROBLEMS
    unreadable = dict.fromkeys(devices, Reason.ANSWER_UNREADABLE)
    assert outcomes_of(place.tenant, run.id) == unreadable
    with tenant_scope([place.tenant]):
        dell = next(row for row in rows_of(place.tenant) if row.provider == "dell")
    assert dell.errors[-1].text == "The answer leaves out every device that was asked for."


def work_off(run_jobs: Callable[[], None]) -> None:
    """Every job, again and again until its last try."""
    for _ in range(FAILURES):
        run_jobs()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"
            )


def started(place: Place) -> RunRow:
    return start_run(actor=place.actor, tenant=place.tenant, now=utc_now())


def test_a_lane_that_fails_for_good_ends_its_provider_and_the_run(
    fresh_database: FreshDatabase, failing: Fail, run_jobs: Callable[[], None]
) -> None:
    place = make_place()
    dells, lenovos = add_devices(place.tenant, 3), add_devices(place.tenant, 3, "Lenovo")
    failing(ConnectionError("not the vendor's fault"))
    run = started(place)
    work_off(run_jobs)
    ended = outcomes_of(place.tenant, run.id)
    assert row_of(place.tenant, run.id).state is RunState.DONE_WITH_PROBLEMS
    assert {ended[device] for device in dells} == {STOPPED}
    assert STOPPED not in {ended[device] for device in lenovos}
    assert place.told() == (["RUN_PROBLEMS"], ["run.started", "run.finished"])
    with tenant_scope([place.tenant]):
        assert set(Coverage.objects.filter(device__in=dells).values_list("latest_error")) == {("",)}


@pytest.mark.django_db
def test_a_batch_that_kills_its_workers_is_given_up(vendors: Simulators) -> None:
    place = make_place()
    devices = add_devices(place.tenant, 120)
    run = begin(place.actor, place.tenant)
    with tenant_scope([place.tenant]):
        killer = Batch.objects.filter(run_id=run.id).order_by("id")[0]
        for _ in range(PATIENT.attempts):
            lane = open_lane(place.actor, run.id, place.tenant, "dell")
            assert isinstance(lane, Lane)
            claims, _ = lane.claim()
            assert killer.id in {claim.id for claim in claims}
            Batch.objects.filter(id=killer.id).update(due_at=utc_now() - timedelta(hours=1))
            Batch.objects.exclude(id=killer.id).update(due_at=utc_now(), state="OPEN")
    finish(place.tenant, run)
    ended = outcomes_of(place.tenant, run.id)
    assert {ended[device] for device in devices[:100]} == {STOPPED}
    assert {ended[device] for device in devices[100:]} <= {"FOUND", "NOT_FOUND"}
    assert vendors.stats("dell")["data_calls"] == 1
    with tenant_scope([place.tenant]):
        assert not Coverage.objects.filter(device__in=devices[:100]).exclude(latest_error="")


def test_a_run_that_cannot_be_planned_ends_and_makes_room(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_place()
    add_devices(place.tenant, 3)

    def no_plan(*_: object, **__: object) -> tuple[int, int]:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(running, "plan_slice", no_plan)
    run = started(place)
    work_off(run_jobs)
    assert row_of(place.tenant, run.id).state is RunState.DONE_WITH_PROBLEMS
    assert place.told() == (["RUN_PROBLEMS"], ["run.started", "run.finished"])
    assert started(place).id != run.id


def late() -> datetime:
    return utc_now() + timedelta(hours=env().warranty.run_hours, minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [RunState.PLANNING, RunState.RUNNING])
def test_a_run_that_takes_too_long_is_stopped_and_told_once(state: RunState) -> None:
    place = make_place()
    devices = add_devices(place.tenant, 3)
    run = begin(place.actor, place.tenant)
    with tenant_scope([place.tenant]):
        Run.objects.update(state=state)
    watch_run(tenant=place.tenant, run_id=run.id, now=late() - timedelta(minutes=2))
    assert row_of(place.tenant, run.id).state is state
    for _ in range(2):
        watch_run(tenant=place.tenant, run_id=run.id, now=late())
    over = row_of(place.tenant, run.id)
    assert over.state is RunState.DONE_WITH_PROBLEMS
    assert outcomes_of(place.tenant, run.id) == dict.fromkeys(devices, STOPPED)
    assert place.told() == (["RUN_PROBLEMS"], ["run.started", "run.finished"])
    plan_run(run_id=run.id, tenant=place.tenant, now=utc_now())
    assert row_of(place.tenant, run.id) == over


@pytest.mark.django_db
def test_a_run_that_is_over_is_not_stopped_again() -> None:
    place = make_place()
    add_devices(place.tenant, 1)
    run = begin(place.actor, place.tenant)
    cancel_run(actor=place.actor, tenant=place.tenant, uid=run.uid, now=utc_now())
    running.fail_plan(run_id=run.id, tenant=place.tenant, now=utc_now())
    running.fail_lane(run_id=run.id, tenant=place.tenant, provider="dell", now=utc_now())
    watch_run(tenant=place.tenant, run_id=run.id, now=late())
    assert row_of(place.tenant, run.id).state is RunState.CANCELLED


def lanes_in_queue(run: RunRow) -> int:
    query = (
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'warranty.run_lane'"
        " AND args->>'run_id' = %s AND status = 'todo'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [str(run.id)])
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_lost_jobs_of_a_run_are_queued_again() -> None:
    place = make_place()
    add_devices(place.tenant, 3)
    run = begin(place.actor, place.tenant)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'warranty.run_lane'")
    watch_run(tenant=place.tenant, run_id=run.id, now=utc_now())
    assert lanes_in_queue(run) == 0
    watch_run(tenant=place.tenant, run_id=run.id, now=utc_now() + timedelta(minutes=5))
    assert lanes_in_queue(run) == 1


def test_a_run_that_cannot_be_watched_keeps_no_other_from_it(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [make_place() for _ in range(3)]
    runs = [begin(place.actor, place.tenant) for place in places]
    for place in places:
        with tenant_scope([place.tenant]):
            Run.objects.update(state="RUNNING", created_at=utc_now() - timedelta(hours=1))
    watch = running.watch_run

    def watch_most(*, tenant: int, run_id: int, now: datetime) -> None:
        assert tenant != places[0].tenant, "on purpose"
        watch(tenant=tenant, run_id=run_id, now=now)

    monkeypatch.setattr(jobs.running, "watch_run", watch_most)
    jobs.watch_runs()
    run_jobs()
    states = [row_of(p.tenant, r.id).state for p, r in zip(places, runs, strict=True)]
    assert states == [RunState.RUNNING, RunState.DONE, RunState.DONE]
