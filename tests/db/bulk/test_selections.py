"""Selections: exactly the devices that were meant, of their user alone, for a day."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from fleetward.devices.bulk.actions import (
    purge_selections,
    select_picked,
    selecting,
)
from fleetward.devices.bulk.contracts import (
    BulkKind,
    BulkOutcome,
    BulkRow,
    NothingSelected,
    SelectionGone,
    SelectionRow,
    TooManySelections,
)
from fleetward.devices.bulk.queries import get_selection, list_named
from fleetward.devices.contracts import TooManyDevices
from fleetward.devices.models import Device, Selection, SelectionItem
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.queries.grid import count_devices, list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter
from tests.cast import TODAY, actor_of, add_devices
from tests.db.bulk.work import Place
from tests.db.devices.fleet import group_of
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def ask(place: Place, only: DeviceFilter) -> dict[str, object]:
    return {
        "actor": place.actor,
        "tenant": place.tenant,
        "only": only,
        "today": TODAY,
        "expiring_days": 180,
    }


def test_a_selection_holds_what_the_filter_left_and_nothing_that_fits_later(place: Place) -> None:
    place.add(3, model="Latitude")
    place.add(2, "HP")
    only = DeviceFilter(models=("Latitude",))
    row = select_matching(**ask(place, only), query="model=Latitude", now=utc_now())
    assert (row.devices, row.is_whole, row.query) == (3, True, "model=Latitude")
    place.add(4, model="Latitude")
    again = get_selection(actor=place.actor, tenant=place.tenant, uid=row.uid)
    assert again == row
    shown = list_devices(**ask(place, DeviceFilter(selection=row.uid))).rows
    assert {r.uid for r in shown} == set(map(str, place.uids(place.devices[:3])))


def test_devices_are_picked_one_by_one(place: Place) -> None:
    one, two, _three = place.add(3)
    row = place.select([two, one])
    assert (row.devices, row.is_whole) == (2, False)
    named = list_named(actor=place.actor, tenant=place.tenant, uid=row.uid)
    assert [name for name, _maker, _serial in named] == [
        place.get_device(d).name for d in (one, two)
    ]


def test_nothing_is_no_selection(place: Place) -> None:
    place.add(1)
    with pytest.raises(NothingSelected):
        place.select([])
    with pytest.raises(NothingSelected):
        select_matching(
            **ask(place, DeviceFilter(text="nowhere")),
            query="",
            now=utc_now(),
        )
    with tenant_scope([place.tenant]):
        assert Selection.objects.count() == 0


def test_more_than_the_most_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.add(3)
    monkeypatch.setattr(selecting, "MOST_SELECTED", 2)
    with pytest.raises(TooManyDevices):
        place.select()


def test_v1_devices_of_another_tenant_cannot_be_selected(place: Place) -> None:
    (ours,) = place.add(1)
    theirs = add_devices(place.cast.other.id, 2)
    with tenant_scope([place.cast.other.id]):
        uids = list(Device.objects.filter(id__in=theirs).values_list("uid", flat=True))
    row = select_picked(
        actor=place.actor,
        tenant=place.tenant,
        uids=[*uids, *place.uids([ours])],
        query="",
        now=utc_now(),
    )
    assert row.devices == 1


def test_a_selection_is_its_users_alone(place: Place) -> None:
    place.add(2)
    row = place.select()
    colleague = actor_of(place.cast.admin)
    for actor, tenant in ((colleague, place.tenant), (place.actor, place.tenant)):
        uid = row.uid if actor is colleague else uuid.uuid4()
        with pytest.raises(SelectionGone):
            get_selection(actor=actor, tenant=tenant, uid=uid)
    asked = ask(place, DeviceFilter(selection=row.uid)) | {"actor": colleague}
    assert count_devices(**asked).number == 0
    with pytest.raises(NotFound):
        get_selection(actor=actor_of(place.cast.outsider), tenant=place.tenant, uid=row.uid)


def test_selections_are_forgotten_after_a_day_unless_worked_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PURGE_AT_ONCE", 2)
    place.add(5)
    over, used = place.select(), place.select()
    group = group_of(place.tenant, "Paris", [])
    run = place.start(BulkKind.GROUP_ADD, {"group": str(group)}, used)
    now = utc_now()
    assert purge_selections(now=now) == 0
    assert purge_selections(now=now + timedelta(days=1, minutes=1)) == 1
    with pytest.raises(SelectionGone):
        get_selection(actor=place.actor, tenant=place.tenant, uid=over.uid)
    with tenant_scope([place.tenant]):
        assert SelectionItem.objects.count() == 5
    place.finish(run)
    assert purge_selections(now=now + timedelta(days=1, minutes=1)) == 1
    with tenant_scope([place.tenant]):
        assert (Selection.objects.count(), SelectionItem.objects.count()) == (0, 0)


def expire(place: Place, selection: SelectionRow) -> datetime:
    """Its day ends in an hour; an hour after that."""
    soon = utc_now() + timedelta(hours=1)
    with tenant_scope([place.tenant]):
        Selection.objects.filter(uid=selection.uid).update(expires_at=soon)
    return soon + timedelta(hours=1)


def test_work_that_begins_keeps_a_selection_for_another_day(place: Place) -> None:
    place.add(1)
    used, offered = place.select(), place.select()
    later = [expire(place, used), expire(place, offered)]
    place.finish(place.start(BulkKind.EDIT, {"location": "Lyon"}, used))
    place.offer(offered)
    assert purge_selections(now=max(later)) == 0


def test_a_selection_whose_day_is_over_is_not_worked_on(place: Place) -> None:
    place.add(1)
    selection = place.select()
    with tenant_scope([place.tenant]):
        Selection.objects.update(expires_at=utc_now())
    with pytest.raises(SelectionGone):
        place.start(BulkKind.EDIT, {"location": "Lyon"}, selection)
    with pytest.raises(SelectionGone):
        place.offer(selection)


def begin_while_it_is_purged(place: Place) -> set[BulkOutcome]:
    """Somebody begins to work on it at the end of its day; how its devices ended."""
    place.add(2)
    selection, begun = place.select(), list[BulkRow]()
    later = expire(place, selection)
    at_once(
        [place.tenant],
        lambda: begun.append(place.start(BulkKind.EDIT, {"location": "Lyon"}, selection)),
        lambda: purge_selections(now=later),
    )
    (run,) = begun
    return set(place.outcomes(place.finish(run)).values())


def test_a_selection_that_is_begun_while_it_is_purged_stays(fresh_database: FreshDatabase) -> None:
    assert begin_while_it_is_purged(Place()) == {BulkOutcome.DONE}


def test_control_without_another_look_its_devices_are_lost(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unguarded(selection: int, now: datetime) -> Selection:
        return Selection.objects.get(id=selection)

    monkeypatch.setattr(selecting, "_over", unguarded)
    assert begin_while_it_is_purged(Place()) == set()


def kept(place: Place) -> set[uuid.UUID]:
    """The selections there are, each with all its devices."""
    with tenant_scope([place.tenant]):
        rows = list(Selection.objects.all())
        for row in rows:
            assert SelectionItem.objects.filter(selection_id=row.id).count() == row.devices
        assert SelectionItem.objects.count() == sum(row.devices for row in rows)
        return {row.uid for row in rows}


def test_the_oldest_of_ones_own_give_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "MOST_KEPT", 3)
    place.add(4)
    theirs = select_picked(
        actor=actor_of(place.cast.admin),
        tenant=place.tenant,
        uids=place.uids(),
        query="",
        now=utc_now(),
    )
    rows = [place.select() for _ in range(5)]
    assert kept(place) == {theirs.uid, *(row.uid for row in rows[2:])}
    with pytest.raises(SelectionGone):
        get_selection(actor=place.actor, tenant=place.tenant, uid=rows[0].uid)


def test_as_many_give_way_as_a_large_one_needs(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "MOST_KEPT_DEVICES", 7)
    devices = place.add(5)
    place.select(devices[:1])
    place.select(devices[:3])
    small, large = place.select(devices[:2]), place.select(devices)
    assert kept(place) == {small.uid, large.uid}


def test_what_work_needs_does_not_give_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "MOST_KEPT", 2)
    place.add(2)
    group = str(group_of(place.tenant, "Paris", []))
    held = place.select()
    run = place.start(BulkKind.GROUP_ADD, {"group": group}, held)
    place.select()
    latest = place.select()
    assert kept(place) == {held.uid, latest.uid}
    second = place.start(BulkKind.GROUP_ADD, {"group": group}, latest)
    with pytest.raises(TooManySelections):
        place.select()
    place.finish(run)
    place.finish(second)
    newest = place.select()
    assert kept(place) == {latest.uid, newest.uid}


def kept_after_two_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> int:
    """Where there is place for two."""
    monkeypatch.setattr(selecting, "MOST_KEPT", 2)
    place.add(2)
    place.select()
    at_once([place.tenant], place.select, place.select)
    return len(kept(place))


def test_two_that_are_made_at_once_are_both_counted(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_after_two_at_once(Place(), monkeypatch) == 2


def test_control_without_turns_they_are_not(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "wait_turn", lambda lock, owner: None)
    assert kept_after_two_at_once(Place(), monkeypatch) == 3
