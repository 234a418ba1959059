"""W7: schedules are changed, and whoever has read an older state changes and deletes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from fleetward.audit.models import Entry
from fleetward.devices.actions import delete_group
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.warranty.models import RunSchedule
from fleetward.warranty.schedules.actions import change_schedule, delete_schedule
from fleetward.warranty.schedules.contracts import BadSchedule, ScheduleTargetGone
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_tenant
from tests.db.warranty.scheduling import DAY, NIGHT, add, group_of, only, start, view_of
from tests.plugins.database import FreshDatabase

LATER = NOW + timedelta(hours=1)
WRITERS = 6


def change(
    tenant: int, uid: UUID, seen: datetime | None = None, now: datetime = LATER, **changes: Any
) -> bool:
    actor = system_actor("Tests", tenant)
    return change_schedule(actor=actor, tenant=tenant, uid=uid, changes=changes, seen=seen, now=now)


def trail(tenant: int) -> list[dict[str, Any]]:
    with tenant_scope([tenant]):
        found = Entry.objects.filter(verb="schedule.changed").order_by("id")
        return [entry.details for entry in found]


@pytest.mark.django_db
def test_only_what_is_given_changes_and_the_trail_says_what(cast: Cast) -> None:
    tenant = cast.acme.id
    group = group_of(tenant, [])
    uid, first = add(tenant, group=group), only(cast).next_on
    assert change(tenant, uid, every_days=30)
    row = only(cast)
    assert (row.every_days, row.next_on, row.group) == (30, first, group)
    assert (row.created_at, row.updated_at) == (NOW, LATER)
    assert change(tenant, uid, next_on=TODAY + 9 * DAY)
    assert only(cast).next_on == TODAY + 9 * DAY
    # None is the night that comes next, as where a schedule is made.
    assert change(tenant, uid, next_on=None)
    assert only(cast).next_on == first
    assert trail(tenant)[0] == {
        "name": "Lyon",
        "before": {"every_days": 7},
        "after": {"every_days": 30},
    }


@pytest.mark.django_db
def test_a_view_takes_the_place_of_the_group_and_the_reverse(cast: Cast) -> None:
    tenant = cast.acme.id
    group, view = group_of(tenant, []), view_of(cast)
    uid = add(tenant, group=group)
    start(tenant)
    assert only(cast).problem == "nothing_selected"
    assert change(tenant, uid, view=view)
    row = only(cast)
    assert (row.view, row.group, row.name, row.problem) == (view, None, "Out", "")
    assert trail(tenant)[0]["before"] == {"name": "Lyon"}
    assert change(tenant, uid, group=group)
    assert (only(cast).view, only(cast).group) == (None, group)


@pytest.mark.django_db
def test_what_is_as_before_is_no_change(cast: Cast) -> None:
    tenant = cast.acme.id
    group = group_of(tenant, [])
    uid = add(tenant, group=group)
    assert not change(tenant, uid)
    assert not change(tenant, uid, group=group, view=None, every_days=7)
    assert only(cast).updated_at == NOW
    assert trail(tenant) == []


@pytest.mark.django_db
def test_one_whose_group_is_gone_gets_another(cast: Cast) -> None:
    tenant = cast.acme.id
    group = group_of(tenant, [])
    uid = add(tenant, group=group)
    delete_group(actor=system_actor("Tests", tenant), tenant=tenant, uid=group, now=NOW)
    # What is gone may stay while something else changes.
    assert change(tenant, uid, every_days=30)
    assert only(cast).problem == ScheduleTargetGone.code
    assert change(tenant, uid, view=view_of(cast))
    assert (only(cast).problem, only(cast).name) == ("", "Out")


@pytest.mark.django_db
def test_a_night_that_was_missed_stays_and_none_that_is_over_is_chosen(cast: Cast) -> None:
    tenant = cast.acme.id
    uid, missed = add(tenant, group=group_of(tenant, [])), NOW + 5 * DAY
    assert change(tenant, uid, every_days=30, next_on=only(cast).next_on, now=missed)
    with pytest.raises(BadSchedule) as refused:
        change(tenant, uid, next_on=TODAY, now=missed)
    assert refused.value.field == "next_on"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"every_days": 0}, "every_days"),
        ({"every_days": 91}, "every_days"),
        ({"group": uuid4()}, "target"),
        ({"view": uuid4(), "group": uuid4()}, "target"),
        ({"group": None}, "target"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    tenant = cast.acme.id
    uid = add(tenant, group=group_of(tenant, []))
    with pytest.raises(BadSchedule) as refused:
        change(tenant, uid, **changes)
    assert refused.value.field == field
    assert only(cast).updated_at == NOW


@pytest.mark.django_db
def test_whoever_read_an_older_state_changes_and_deletes_nothing(cast: Cast) -> None:
    tenant, actor = cast.acme.id, system_actor("Tests", cast.acme.id)
    uid = add(tenant, group=group_of(tenant, add_devices(tenant, 1)))
    assert change(tenant, uid, seen=NOW, every_days=30)
    with pytest.raises(ChangedMeanwhile):
        change(tenant, uid, seen=NOW, every_days=14)
    asked: dict[str, Any] = {"actor": actor, "tenant": tenant, "uid": uid, "now": NOW}
    with pytest.raises(ChangedMeanwhile):
        delete_schedule(**asked, seen=NOW)
    # The night that it had is a change too: its next one is another.
    assert start(tenant) is not None
    with pytest.raises(ChangedMeanwhile):
        delete_schedule(**asked, seen=LATER)
    assert delete_schedule(**asked, seen=NIGHT) == "Lyon"


@pytest.mark.django_db
def test_rights(cast: Cast) -> None:
    tenant = cast.acme.id
    uid = add(tenant, group=group_of(tenant, []))
    asked: dict[str, Any] = {"tenant": tenant, "changes": {"every_days": 30}, "now": NOW}
    for user, refusal in ((cast.outsider, NotFound), (cast.reader, Forbidden)):
        with pytest.raises(refusal):
            change_schedule(actor=actor_of(user), uid=uid, **asked)
    with pytest.raises(NotFound):
        change_schedule(actor=actor_of(cast.device_admin), uid=uuid4(), **asked)
    assert change_schedule(actor=actor_of(cast.device_admin), uid=uid, **asked)


def changed_at_once(tenant: int, uid: UUID) -> int:
    """How many of those that have all read the same state have changed it."""
    barrier = Barrier(WRITERS)

    def one(number: int) -> bool:
        try:
            barrier.wait()
            return change(tenant, uid, seen=NOW, every_days=number + 10)
        except ChangedMeanwhile:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(one, range(WRITERS)))


def test_of_changes_at_once_one_is_made(fresh_database: FreshDatabase) -> None:
    tenant = make_tenant().id
    assert changed_at_once(tenant, add(tenant, group=group_of(tenant, []))) == 1


def test_control_without_the_lock_several_are_made(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant().id
    uid = add(tenant, group=group_of(tenant, []))
    monkeypatch.setattr(RunSchedule.objects, "select_for_update", RunSchedule.objects.all)
    assert changed_at_once(tenant, uid) > 1
