"""W7: devices that are due are looked up again at night, by themselves and once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.devices.actions import change_device
from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Tenant
from fleetward.warranty import jobs
from fleetward.warranty.actions.running import plan_run
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.actions.scheduling import start_scheduled_run, tenants_at_night
from fleetward.warranty.contracts import Reason, RunRow, RunState, Schedule, Trigger
from fleetward.warranty.models import Batch, Coverage, Run
from fleetward.warranty.queries.runs import list_runs
from fleetward.warranty.queries.schedule import get_schedule
from tests.bulk import finish, set_up
from tests.cast import Cast, actor_of, add_devices, make_cast, make_tenant
from tests.plugins.database import FreshDatabase
from tests.simulators import Simulators

# 23:30 in London is half past midnight in Paris, which is the tenant's own clock below.
EVENING = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 1, 20, tzinfo=UTC)
DAY = date(2026, 11, 23)
CLOCKS = 8


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    Tenant.objects.filter(id=made.acme.id).update(time_zone="Europe/Paris")
    set_up(made.acme.id, "dell")
    return made


def strike(tenant: int, now: datetime = NIGHT) -> RunRow | None:
    actor = system_actor("Tests", tenant)
    return start_scheduled_run(actor=actor, tenant=tenant, now=now)


def due(tenant: int, now: datetime = NIGHT) -> int:
    return get_schedule(actor=system_actor("Tests", tenant), tenant=tenant, now=now).due


def looked_up(tenant: int, devices: list[int], days_ago: int, **known: object) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(
            attempted_at=NIGHT - timedelta(days_ago), **known
        )


def planned(tenant: int, run: RunRow) -> set[int]:
    plan_run(run_id=run.id, tenant=tenant, now=NIGHT)
    with tenant_scope([tenant]):
        batches = Batch.objects.filter(run_id=run.id)
        return {device for batch in batches for device in batch.device_ids}


@pytest.mark.django_db
def test_only_devices_that_are_due_and_can_be_asked_about_are_visited(cast: Cast) -> None:
    tenant = cast.acme.id
    new = add_devices(tenant, 2)
    soon, far, fresh = (add_devices(tenant, 2) for _ in range(3))
    add_devices(tenant, 2, "HP")
    add_devices(tenant, 2, "Asus")
    add_devices(tenant, 1, is_virtual=True)
    ends = {"ends_on": DAY + timedelta(20), "reason": ""}
    looked_up(tenant, soon, 3, **ends)
    looked_up(tenant, fresh, 2, **ends)
    looked_up(tenant, far, 59, ends_on=DAY + timedelta(800), reason="")
    assert due(tenant) == 4
    run = strike(tenant)
    assert run is not None
    assert run.trigger is Trigger.SCHEDULED
    assert planned(tenant, run) == {*new, *soon}
    with tenant_scope([tenant]):
        assert Run.objects.get().devices == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"serial": "NEWTAG1"},
        {"product_number": "21AH00CUFR"},
        {"serial": "NEWTAG1", "country": "FR"},
    ],
)
def test_w17_a_device_that_became_another_machine_is_due_at_once(
    cast: Cast, changes: dict[str, object]
) -> None:
    """The longest pause there is does not hold it back; another name does not hurry it."""
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    changed, renamed = add_devices(tenant, 2)
    looked_up(tenant, [changed, renamed], 1, ends_on=DAY + timedelta(800), reason="")
    assert due(tenant) == 0
    for device, given in ((changed, changes), (renamed, {"name": "Reception"})):
        with tenant_scope([tenant]):
            uid = Device.objects.get(id=device).uid
        change_device(actor=actor, tenant=tenant, uid=uid, changes=given, now=NIGHT)
    run = strike(tenant)
    assert run is not None
    assert planned(tenant, run) == {changed}


@pytest.mark.django_db
def test_another_country_is_asked_about_anew_where_the_vendor_is_asked_with_it(
    cast: Cast, vendors: Simulators
) -> None:
    """HP is asked with the country: what it said stays, and the next night asks again, once."""
    tenant, actor = cast.acme.id, actor_of(cast.device_admin)
    set_up(tenant, "hp")
    devices = [*add_devices(tenant, 1), *add_devices(tenant, 1, "HP", product_number="6S6V0EA")]
    looked_up(tenant, devices, 0, ends_on=DAY + timedelta(800), reason="")
    for device in devices:
        with tenant_scope([tenant]):
            uid = Device.objects.get(id=device).uid
        change_device(actor=actor, tenant=tenant, uid=uid, changes={"country": "FR"}, now=NIGHT)
    assert due(tenant) == 1
    with tenant_scope([tenant]):
        assert (
            list(Coverage.objects.values_list("ends_on", "reason"))
            == [(DAY + timedelta(800), "")] * 2
        )
    run = strike(tenant)
    assert run is not None
    assert planned(tenant, run) == {devices[1]}
    finish(tenant, run)
    with tenant_scope([tenant]):
        assert not Coverage.objects.filter(is_due=True).exists()


@pytest.mark.django_db
def test_devices_that_cannot_be_asked_about_do_not_end_the_planning(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleetward.warranty.actions.planning.SLICE", 3)
    add_devices(cast.acme.id, 7, is_virtual=True)
    devices = add_devices(cast.acme.id, 4)
    run = strike(cast.acme.id)
    assert run is not None
    assert planned(cast.acme.id, run) == set(devices)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "now", [EVENING, datetime(2026, 11, 23, 5, 0, tzinfo=UTC)], ids=["before", "after"]
)
def test_nothing_begins_by_day_of_the_tenants_own_clock(cast: Cast, now: datetime) -> None:
    add_devices(cast.acme.id, 1)
    assert strike(cast.acme.id, now) is None


@pytest.mark.django_db
def test_nothing_begins_where_it_is_not_wanted_or_nothing_is_due(cast: Cast) -> None:
    assert strike(cast.acme.id) is None
    add_devices(cast.acme.id, 1)
    Tenant.objects.filter(id=cast.acme.id).update(has_scheduled_runs=False)
    assert strike(cast.acme.id) is None


@pytest.mark.django_db
def test_a_night_has_one_run_and_the_next_one_has_another(cast: Cast) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 1)
    first = strike(tenant)
    assert first is not None
    with tenant_scope([tenant]):
        Run.objects.update(state="DONE")
    assert strike(tenant, NIGHT + timedelta(hours=1)) is None
    schedule = get_schedule(actor=actor_of(cast.reader), tenant=tenant, now=NIGHT)
    assert (schedule.is_on, schedule.next_on, schedule.due) == (True, DAY + timedelta(1), 1)
    assert strike(tenant, NIGHT + timedelta(1)) is not None


@pytest.mark.django_db
def test_what_is_due_is_counted_so_far_only_and_not_where_nobody_wants_it(cast: Cast) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 3)

    def schedule(most: int) -> Schedule:
        return get_schedule(actor=actor_of(cast.reader), tenant=tenant, now=NIGHT, most=most)

    assert [(one.due, one.has_more) for one in map(schedule, (2, 3))] == [(2, True), (3, False)]
    Tenant.objects.filter(id=tenant).update(has_scheduled_runs=False)
    assert schedule(2) == Schedule(False, DAY, 0, False)


@pytest.mark.django_db
def test_nothing_begins_beside_another_bulk_processing(cast: Cast) -> None:
    add_devices(cast.acme.id, 1)
    start_run(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NIGHT)
    assert strike(cast.acme.id) is None


@pytest.mark.django_db
def test_whoever_presses_gets_a_run_of_every_device(cast: Cast) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 1)
    scheduled = strike(tenant)
    run = start_run(actor=actor_of(cast.admin), tenant=tenant, now=NIGHT)
    assert scheduled is not None
    assert run.trigger is Trigger.BULK
    found = list_runs(actor=actor_of(cast.admin), tenant=tenant).rows
    assert [(row.uid, row.state) for row in found] == [
        (run.uid, RunState.PLANNING),
        (scheduled.uid, RunState.CANCELLED),
    ]
    with tenant_scope([tenant]):
        verbs = Entry.objects.filter(verb__startswith="run.").order_by("id")
        assert list(verbs.values_list("verb", flat=True)) == [
            "run.started",
            "run.cancelled",
            "run.started",
        ]
        assert not Notification.objects.exists()


@pytest.mark.django_db
def test_after_a_run_nothing_is_due_and_nobody_is_told(cast: Cast, vendors: Simulators) -> None:
    tenant = cast.acme.id
    add_devices(tenant, 20)
    run = strike(tenant)
    assert run is not None
    plan_run(run_id=run.id, tenant=tenant, now=NIGHT)
    finish(tenant, run)
    with tenant_scope([tenant]):
        assert Run.objects.get().state == RunState.DONE
        assert not Notification.objects.exists()
        # The simulators have answered by today's clock.
        Coverage.objects.update(attempted_at=NIGHT)
    assert due(tenant) == 0


@pytest.mark.django_db
def test_problems_of_a_scheduled_run_are_told(cast: Cast) -> None:
    tenant = cast.acme.id
    devices = add_devices(tenant, 1)
    run = strike(tenant)
    assert run is not None
    planned(tenant, run)
    jobs._plan_failed(run_id=run.id, tenant=tenant)
    jobs._lane_failed(run_id=run.id, tenant=tenant, provider="dell", lane=0)
    with tenant_scope([tenant]):
        kinds = Notification.objects.values_list("kind", flat=True)
        assert set(kinds) == {"RUN_PROBLEMS"}
        assert Notification.objects.filter(user=cast.admin).count() == 1
        Coverage.objects.filter(device_id__in=devices).update(
            attempted_at=NIGHT, latest_error=Reason.VENDOR_DOWN
        )
    assert due(tenant, NIGHT + timedelta(1)) == 1


@pytest.mark.django_db
def test_whoever_may_not_see_warranty_sees_no_schedule(cast: Cast) -> None:
    with pytest.raises(NotFound):
        get_schedule(actor=actor_of(cast.outsider), tenant=cast.acme.id, now=NIGHT)
    with pytest.raises(Forbidden):
        start_scheduled_run(actor=actor_of(cast.reader), tenant=cast.acme.id, now=NIGHT)


@pytest.mark.django_db
def test_the_clock_has_a_job_for_each_tenant_whose_night_it_is(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "utc_now", lambda: NIGHT)
    jobs.start_scheduled()
    jobs.start_scheduled()
    rows = sql.fetch_text(
        "SELECT args->>'tenant' FROM procrastinate_jobs WHERE task_name = %s",
        ["warranty.start_scheduled_run"],
    )
    assert sorted(int(tenant) for (tenant,) in rows) == [cast.acme.id, cast.other.id]
    jobs.start_scheduled_run(tenant=cast.other.id)


@pytest.mark.django_db
def test_only_tenants_whose_run_may_begin_are_looked_at(cast: Cast) -> None:
    tenant, other = cast.acme.id, cast.other.id
    assert tenants_at_night(now=NIGHT) == [tenant, other]
    assert tenants_at_night(now=NIGHT + timedelta(hours=4)) == [other]
    add_devices(tenant, 1)
    strike(tenant)
    assert tenants_at_night(now=NIGHT) == [other]
    Tenant.objects.filter(id=other).update(has_scheduled_runs=False)
    assert tenants_at_night(now=NIGHT) == []
    assert tenants_at_night(now=NIGHT + timedelta(1)) == [tenant]


def strike_at_once(tenant: int) -> int:
    barrier = Barrier(CLOCKS)

    def one(_: int) -> bool:
        try:
            barrier.wait()
            return strike(tenant) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(CLOCKS) as pool:
        return sum(pool.map(one, range(CLOCKS)))


def test_clocks_that_strike_at_once_begin_one_run(fresh_database: FreshDatabase) -> None:
    tenant = make_tenant().id
    set_up(tenant, "dell")
    add_devices(tenant, 1)
    assert strike_at_once(tenant) == 1


def test_control_without_the_constraints_they_begin_several(
    fresh_database: FreshDatabase, owner_connection: psycopg.Connection
) -> None:
    tenant = make_tenant().id
    set_up(tenant, "dell")
    add_devices(tenant, 1)
    owner_connection.execute("DROP INDEX warranty_run_one_open")
    owner_connection.execute("ALTER TABLE warranty_run DROP CONSTRAINT warranty_run_one_a_night")
    assert strike_at_once(tenant) > 1
