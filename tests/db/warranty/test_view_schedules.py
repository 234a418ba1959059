"""W7: schedules of a view or a group; their devices are worked out when they start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.devices.actions import change_view, delete_group, delete_view
from fleetward.devices.bulk.actions import purge_selections, selecting
from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.devices.contracts import ViewInput
from fleetward.devices.models import Device, Selection, SelectionItem
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Tenant
from fleetward.warranty import jobs
from fleetward.warranty.actions.runs import cancel_run
from fleetward.warranty.models import Coverage, Run, RunSchedule
from fleetward.warranty.schedules.actions import (
    add_schedule,
    delete_schedule,
    keeping,
    refresh_matching,
    start_schedule,
)
from fleetward.warranty.schedules.contracts import (
    BadSchedule,
    ScheduleGroupGone,
    ScheduleInput,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
    TooManySchedules,
)
from fleetward.warranty.schedules.queries import get_one_schedule, list_schedules, schedules_due
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_tenant
from tests.db.devices.fleet import dynamic_group_of
from tests.db.warranty.scheduling import (
    DAY,
    NIGHT,
    add,
    group_of,
    join,
    only,
    start,
    told,
    view_of,
    visited,
)
from tests.plugins.database import FreshDatabase

CLOCKS = 6


@pytest.mark.django_db
def test_w7_the_devices_of_a_group_are_worked_out_when_it_starts(cast: Cast) -> None:
    tenant = cast.acme.id
    group = group_of(tenant, add_devices(tenant, 2))
    uid = add(tenant, group=group)
    join(tenant, group, add_devices(tenant, 1))
    add_devices(tenant, 4)
    run = start(tenant)
    assert run is not None
    assert (run.name, visited(tenant, run)) == ("Lyon", 3)
    row = get_one_schedule(actor=actor_of(cast.reader), tenant=tenant, uid=uid)
    assert (row.next_on, row.problem) == (NIGHT.date() + 7 * DAY, "")
    assert row.latest_run is not None
    assert row.latest_run.uid == run.uid
    with tenant_scope([tenant]):
        verbs = Entry.objects.filter(verb__in=["schedule.created", "run.started"])
        assert sorted(verbs.values_list("verb", flat=True)) == ["run.started", "schedule.created"]


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "left"), [("OUT", -1), ("EXPIRING", 20)])
def test_w7_expired_only_or_expiring_only(cast: Cast, status: str, left: int) -> None:
    """By a view with that filter; which devices these are is worked out in each night anew."""
    tenant = cast.acme.id
    meant, covered, unknown = add_devices(tenant, 2), add_devices(tenant, 3), add_devices(tenant, 4)
    with tenant_scope([tenant]):
        known = Coverage.objects.exclude(device_id__in=unknown)
        known.update(reason="", ends_on=TODAY + 400 * DAY)
        known.filter(device_id__in=meant).update(ends_on=TODAY + left * DAY)
    add(tenant, view=view_of(cast, f"status={status}"), every_days=1)
    run = start(tenant)
    assert run is not None
    assert visited(tenant, run) == 2
    assert only(cast).query == f"status={status}"
    with tenant_scope([tenant]):
        Run.objects.filter(id=run.id).update(state="DONE")
        Coverage.objects.filter(device_id=covered[0]).update(ends_on=TODAY + left * DAY)
    following = start(tenant, NIGHT + DAY)
    assert following is not None
    assert visited(tenant, following) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [0, 6, 12])
def test_it_starts_at_night_alone(cast: Cast, hour: int) -> None:
    tenant = cast.acme.id
    add(tenant, group=group_of(tenant, add_devices(tenant, 1)))
    assert start(tenant, NIGHT.replace(hour=hour)) is None
    assert schedules_due(now=NIGHT.replace(hour=hour)) == []
    assert [one for one, _ in schedules_due(now=NIGHT)] == [tenant]
    assert start(tenant) is not None


@pytest.mark.django_db
def test_it_waits_for_its_day_its_latest_run_and_the_switch(cast: Cast) -> None:
    tenant = cast.acme.id
    group = group_of(tenant, add_devices(tenant, 1))
    add(tenant, group=group, next_on=NIGHT.date() + DAY, every_days=1)
    assert start(tenant) is None
    Tenant.objects.filter(id=tenant).update(has_scheduled_runs=False)
    assert start(tenant, NIGHT + DAY) is None
    assert schedules_due(now=NIGHT + DAY) == []
    Tenant.objects.filter(id=tenant).update(has_scheduled_runs=True)
    run = start(tenant, NIGHT + DAY)
    assert run is not None
    assert start(tenant, NIGHT + DAY) is None
    assert start(tenant, NIGHT + 2 * DAY) is None
    with tenant_scope([tenant]):
        Run.objects.filter(id=run.id).update(state="DONE")
    # Nights that were missed are made up for once.
    assert start(tenant, NIGHT + 5 * DAY) is not None
    assert only(cast).next_on == (NIGHT + 6 * DAY).date()


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["group", "view", "private"])
def test_a_schedule_whose_view_or_group_is_gone_says_so(cast: Cast, what: str) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.admin)
    target = group_of(tenant, add_devices(tenant, 1)) if what == "group" else view_of(cast)
    add(tenant, **{"group" if what == "group" else "view": target})
    asked: dict[str, Any] = {"actor": actor, "tenant": tenant, "uid": target, "now": NOW}
    if what == "group":
        delete_group(**asked)
    elif what == "view":
        delete_view(**asked)
    else:
        change_view(view=ViewInput("Out", query="status=OUT", is_shared=False), **asked)
    row = only(cast)
    assert (row.problem, row.query) == (ScheduleTargetGone.code, "")
    assert row.name == ("Lyon" if what == "group" else "Out")
    assert [start(tenant), start(tenant, NIGHT + 7 * DAY)] == [None, None]
    assert told(tenant) == 2
    with tenant_scope([tenant]):
        assert set(Notification.objects.values_list("user_id", flat=True)) == {
            cast.admin.id,
            cast.device_admin.id,
        }
        failed = Entry.objects.filter(verb="schedule.failed")
        assert [one.details["problem"] for one in failed] == [ScheduleTargetGone.code] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["group={vip}", "where=group:not:{vip}", "where=group:not:{of}"])
@pytest.mark.parametrize("kind", ["view", "group"])
def test_w7_a_schedule_that_asks_for_a_deleted_group_says_so(
    cast: Cast, kind: str, query: str
) -> None:
    """At once on its row; to people in its night, and once."""
    tenant, actor = cast.acme.id, actor_of(cast.admin)
    vip, *_others = add_devices(tenant, 3)
    static = group_of(tenant, [vip])
    of = dynamic_group_of(tenant, "Of", f"group={static}")
    query = query.format(vip=static, of=of)
    if kind == "view":
        target = view_of(cast, query)
    else:
        # No dynamic group asks for another one.
        target = of if str(of) in query else dynamic_group_of(tenant, "Asking", query)
    add(tenant, **{kind: target})
    assert only(cast).problem == ""
    delete_group(actor=actor, tenant=tenant, uid=static, now=NOW)
    row = only(cast)
    assert row.problem == ScheduleGroupGone.code
    assert row.query != ""
    assert [start(tenant), start(tenant, NIGHT + 7 * DAY)] == [None, None]
    with tenant_scope([tenant]):
        assert set(Notification.objects.values_list("user_id", flat=True)) == {
            cast.admin.id,
            cast.device_admin.id,
        }
        assert not Run.objects.exists()
    assert told(tenant) == 2
    with pytest.raises(BadSchedule, match="was deleted"):
        add(tenant, **{kind: target})


@pytest.mark.django_db
def test_w7_a_schedule_starts_again_when_its_filter_asks_for_what_is_there(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.admin)
    add_devices(tenant, 1)
    static = group_of(tenant, [])
    view = view_of(cast, f"where=group:not:{static}")
    add(tenant, view=view)
    delete_group(actor=actor, tenant=tenant, uid=static, now=NOW)
    assert start(tenant) is None
    new = ViewInput("Out", query="status=UNKNOWN", is_shared=True)
    change_view(actor=actor, tenant=tenant, uid=view, view=new, now=NOW)
    assert only(cast).problem == ""
    assert start(tenant, NIGHT + 7 * DAY) is not None


@pytest.mark.django_db
def test_a_view_that_no_longer_fits_is_told_until_it_fits_again(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.admin)
    add_devices(tenant, 1)
    view = view_of(cast, "vendor=Dell")
    add(tenant, view=view)

    def change(query: str) -> None:
        new = ViewInput("Out", query=query, is_shared=True)
        change_view(actor=actor, tenant=tenant, uid=view, view=new, now=NOW)

    change("state=deleted")
    assert start(tenant) is None
    assert only(cast).problem == ScheduleTargetUnfit.code
    change("vendor=Dell")
    assert start(tenant, NIGHT + 7 * DAY) is not None
    assert only(cast).problem == ""


@pytest.mark.django_db
def test_no_device_is_told_on_the_page_and_to_nobody(cast: Cast) -> None:
    tenant = cast.acme.id
    add(tenant, group=group_of(tenant, []))
    assert start(tenant) is None
    assert only(cast).problem == NothingSelected.code
    assert told(tenant) == 0


def left_behind(tenant: int) -> tuple[int, int]:
    with tenant_scope([tenant]):
        return Selection.objects.count(), SelectionItem.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize(("devices", "code"), [(0, "nothing_selected"), (3, "too_many_devices")])
def test_one_that_cannot_start_leaves_nothing_behind(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, devices: int, code: str
) -> None:
    monkeypatch.setattr(selecting, "MOST_SELECTED", 2)
    tenant = cast.acme.id
    add(tenant, group=group_of(tenant, add_devices(tenant, devices)))
    assert start(tenant) is None
    assert only(cast).problem == code
    assert left_behind(tenant) == (0, 0)
    with tenant_scope([tenant]):
        assert Entry.objects.filter(verb="schedule.failed").count() == 1
        assert not Run.objects.exists()


@pytest.mark.django_db
def test_what_was_selected_for_it_is_kept_until_it_is_planned(cast: Cast) -> None:
    tenant = cast.acme.id
    add(tenant, group=group_of(tenant, add_devices(tenant, 3)))
    run = start(tenant)
    assert run is not None
    assert purge_selections(now=NIGHT) == 0
    assert left_behind(tenant) == (1, 3)
    assert visited(tenant, run) == 3
    assert left_behind(tenant) == (0, 0)


@pytest.mark.django_db
def test_what_was_selected_for_one_that_is_cancelled_goes_with_it(cast: Cast) -> None:
    tenant = cast.acme.id
    add(tenant, group=group_of(tenant, add_devices(tenant, 3)))
    run = start(tenant)
    assert run is not None
    cancel_run(actor=actor_of(cast.admin), tenant=tenant, uid=run.uid, now=NIGHT)
    assert purge_selections(now=NIGHT) == 1
    assert left_behind(tenant) == (0, 0)


@pytest.mark.django_db
def test_what_a_person_selected_outlives_its_run(cast: Cast) -> None:
    tenant, actor = cast.acme.id, actor_of(cast.admin)
    add_devices(tenant, 3)
    run = refresh_matching(actor=actor, tenant=tenant, query="", now=NOW)
    assert visited(tenant, run) == 3
    assert left_behind(tenant) == (1, 3)


@pytest.mark.django_db
def test_what_went_well_is_told_to_nobody(cast: Cast) -> None:
    tenant = cast.acme.id
    devices = add_devices(tenant, 1)
    add(tenant, group=group_of(tenant, devices))
    run = start(tenant)
    assert run is not None
    with tenant_scope([tenant]):
        Device.objects.filter(id__in=devices).update(is_active=False)
    visited(tenant, run)
    with tenant_scope([tenant]):
        assert Run.objects.get(id=run.id).state == "DONE"
        assert not Notification.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "target"),
        ({"group": uuid4()}, "target"),
        ({"view": uuid4()}, "target"),
        ({"every_days": 0}, "every_days"),
        ({"every_days": 91}, "every_days"),
        ({"next_on": TODAY - DAY}, "next_on"),
    ],
)
def test_schedules_that_make_no_sense_are_refused(
    cast: Cast, given: dict[str, object], field: str
) -> None:
    tenant = cast.acme.id
    if field != "target":
        given = given | {"group": group_of(tenant, [])}
    with pytest.raises(BadSchedule) as refused:
        add(tenant, **given)
    assert refused.value.field == field


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["state=deleted", "selection=6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10", "status=NONE"]
)
def test_views_that_show_something_else_are_refused(cast: Cast, query: str) -> None:
    with pytest.raises(BadSchedule):
        add(cast.acme.id, view=view_of(cast, query))


@pytest.mark.django_db
def test_a_view_of_ones_own_is_none_of_the_tenants(cast: Cast) -> None:
    with pytest.raises(BadSchedule):
        add(cast.acme.id, view=view_of(cast, is_shared=False))


@pytest.mark.django_db
def test_there_are_not_too_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_SCHEDULES", 1)
    group = group_of(cast.acme.id, [])
    uid = add(cast.acme.id, group=group)
    with pytest.raises(TooManySchedules):
        add(cast.acme.id, group=group)
    asked: dict[str, Any] = {"actor": actor_of(cast.device_admin), "tenant": cast.acme.id}
    asked |= {"uid": uid, "now": NOW}
    assert delete_schedule(**asked) == "Lyon"
    with pytest.raises(NotFound):
        delete_schedule(**asked)
    with pytest.raises(NotFound):
        get_one_schedule(actor=actor_of(cast.reader), tenant=cast.acme.id, uid=uid)


@pytest.mark.django_db
def test_rights(cast: Cast) -> None:
    tenant, outsider = cast.acme.id, actor_of(cast.outsider)
    group = group_of(tenant, [])
    uid = add(tenant, group=group)
    schedule = ScheduleInput(7, group=group)
    for actor, refusal in ((outsider, NotFound), (actor_of(cast.reader), Forbidden)):
        with pytest.raises(refusal):
            add_schedule(actor=actor, tenant=tenant, schedule=schedule, now=NOW)
        with pytest.raises(refusal):
            delete_schedule(actor=actor, tenant=tenant, uid=uid, now=NOW)
        with pytest.raises(refusal):
            start_schedule(actor=actor, tenant=tenant, schedule=1, now=NIGHT)
    with pytest.raises(NotFound):
        list_schedules(actor=outsider, tenant=tenant)
    # A group of another tenant is none.
    with pytest.raises(BadSchedule):
        add(cast.other.id, group=group)


@pytest.mark.django_db
def test_the_clock_has_a_job_for_each_schedule(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = cast.acme.id
    add(tenant, group=group_of(tenant, add_devices(tenant, 1)))
    monkeypatch.setattr(jobs, "utc_now", lambda: NIGHT)
    jobs.start_schedules()
    jobs.start_schedules()
    rows = sql.fetch_text(
        "SELECT args->>'schedule' FROM procrastinate_jobs WHERE task_name = %s",
        ["warranty.start_schedule"],
    )
    (schedule,) = (int(one) for (one,) in rows)
    jobs.start_schedule(tenant=tenant, schedule=schedule)
    jobs.start_schedule(tenant=tenant, schedule=schedule)
    with tenant_scope([tenant]):
        assert Run.objects.filter(is_scheduled=True).count() == 1


def start_at_once(tenant: int) -> int:
    """How many of all clocks together have started a run."""
    barrier = Barrier(CLOCKS)

    def one(_: int) -> bool:
        try:
            barrier.wait()
            return start(tenant) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(CLOCKS) as pool:
        return sum(pool.map(one, range(CLOCKS)))


def prepared() -> int:
    tenant = make_tenant().id
    add(tenant, group=group_of(tenant, add_devices(tenant, 3)))
    return tenant


def test_clocks_that_strike_at_once_start_one_run(fresh_database: FreshDatabase) -> None:
    assert start_at_once(prepared()) == 1


def test_control_without_the_lock_they_start_several(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = prepared()
    monkeypatch.setattr(RunSchedule.objects, "select_for_update", RunSchedule.objects.all)
    assert start_at_once(tenant) > 1
