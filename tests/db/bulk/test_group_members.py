"""Putting selections into groups and taking them out: outcomes, undo, cancelling, lost rights."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import delete_devices, delete_group
from fleetward.devices.bulk.actions import break_bulk, cancel_bulk, undo_bulk, wake_bulk, working
from fleetward.devices.bulk.contracts import (
    FEW_DEVICES,
    BulkKind,
    BulkOutcome,
    BulkOver,
    BulkRow,
    BulkState,
    NoMembers,
    NothingToUndo,
)
from fleetward.devices.bulk.queries import get_bulk, iterate_items, list_bulk, list_items
from fleetward.devices.models import BulkRun, Device, Group, GroupMember
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from tests.cast import NOW, actor_of
from tests.db.bulk.work import Place, every_device_has_its_outcome
from tests.db.devices.fleet import group_of

pytestmark = pytest.mark.django_db
O = BulkOutcome  # noqa: E741


@pytest.fixture
def group(place: Place) -> uuid.UUID:
    return group_of(place.tenant, "Paris", [])


def members(place: Place) -> set[int]:
    with tenant_scope([place.tenant]):
        return set(GroupMember.objects.values_list("device_id", flat=True))


def trail(place: Place) -> list[tuple[str, dict[str, object]]]:
    with tenant_scope([place.tenant]):
        entries = Entry.objects.exclude(verb="group.created").order_by("id")
        return list(entries.values_list("verb", "details"))


def add(place: Place, group: uuid.UUID) -> dict[str, object]:
    return {"kind": BulkKind.GROUP_ADD, "params": {"group": str(group)}}


def test_devices_come_into_a_group_once_and_the_trail_tells_it_once(
    place: Place, group: uuid.UUID
) -> None:
    inside, *others = place.add(4)
    with tenant_scope([place.tenant]):
        GroupMember.objects.create(
            tenant_id=place.tenant, group_id=Group.objects.get().id, device_id=inside
        )
    run = place.run(**add(place, group))
    assert place.outcomes(run) == {inside: O.UNCHANGED, **dict.fromkeys(others, O.DONE)}
    assert members(place) == set(place.devices)
    assert (run.state, run.params["name"]) == (BulkState.DONE, "Paris")
    every_device_has_its_outcome(place, run)
    ((verb, details),) = trail(place)
    assert verb == "group.devices_added"
    told = {"state": "DONE", "devices": 4, "done": 3, "unchanged": 1, "group": "Paris"}
    assert told.items() <= details.items()
    assert len(str(details["outcomes_sha256"])) == 64


def test_a_device_that_changed_or_went_since_is_reported_and_left_alone(
    place: Place, group: uuid.UUID
) -> None:
    changed, gone, moved, plain = place.add(4)
    selection = place.select()
    place.change(changed, location="Lyon")
    delete_devices(actor=place.actor, tenant=place.tenant, uids=place.uids([gone]), now=utc_now())
    with tenant_scope([place.tenant, place.cast.other.id]):
        Device.objects.filter(id=moved).update(tenant_id=place.cast.other.id)
    run = place.run(**add(place, group), selection=selection)
    assert place.outcomes(run) == {
        changed: O.CHANGED_SINCE,
        gone: O.GONE,
        moved: O.GONE,
        plain: O.DONE,
    }
    assert members(place) == {plain}


def test_the_summary_names_every_device_as_it_was_and_stays_the_same(
    place: Place, group: uuid.UUID
) -> None:
    one, two = place.add(2)
    run = place.run(**add(place, group))
    first = list(iterate_items(actor=place.actor, tenant=place.tenant, uid=run.uid))
    assert [row.serial for row in first] == [place.get_device(d).serial for d in (one, two)]
    place.change(one, name="Renamed")
    assert list(iterate_items(actor=place.actor, tenant=place.tenant, uid=run.uid)) == first
    with tenant_scope([place.tenant, place.cast.other.id]):
        Device.objects.filter(id=one).update(tenant_id=place.cast.other.id)
    sealed, open_ = iterate_items(actor=place.actor, tenant=place.tenant, uid=run.uid)
    assert (sealed.device, sealed.serial, sealed.name, sealed.outcome) == (None, "", "", O.DONE)
    assert open_ == first[1]


def test_outcomes_are_paged_and_narrowed(place: Place, group: uuid.UUID) -> None:
    place.add(5)
    selection = place.select()
    place.change(place.devices[2], location="Lyon")
    run = place.run(**add(place, group), selection=selection)
    asked = {"actor": place.actor, "tenant": place.tenant, "uid": run.uid}
    page = list_items(**asked, limit=3)
    rest = list_items(**asked, limit=3, cursor=page.after)
    assert [len(page.rows), len(rest.rows), rest.after] == [3, 2, None]
    left = list_items(**asked, outcomes=[O.CHANGED_SINCE])
    assert [row.device for row in left.rows] == place.uids([place.devices[2]])


def test_undo_takes_out_only_what_came_in(place: Place, group: uuid.UUID) -> None:
    inside, *others = place.add(3)
    place.run(**add(place, group), selection=place.select([inside]))
    run = place.run(**add(place, group))
    assert run.has_undo
    back = place.undo(run)
    assert (back.kind, back.undo_of) == (BulkKind.GROUP_REMOVE, run.uid)
    assert place.outcomes(back) == dict.fromkeys(others, O.DONE)
    assert members(place) == {inside}
    assert not back.has_undo
    with pytest.raises(NothingToUndo):
        place.undo(back)
    assert place.undo(run).counts.unchanged == 2


def test_taking_out_and_putting_back(place: Place, group: uuid.UUID) -> None:
    place.add(3)
    place.run(**add(place, group), selection=place.select(place.devices[:2]))
    run = place.run(BulkKind.GROUP_REMOVE, {"group": str(group)})
    assert (run.counts.done, run.counts.unchanged, members(place)) == (2, 1, set())
    place.undo(run)
    assert members(place) == set(place.devices[:2])


def test_a_bulk_change_without_effect_has_nothing_to_undo(place: Place, group: uuid.UUID) -> None:
    place.add(1)
    place.run(**add(place, group))
    again = place.run(**add(place, group))
    with pytest.raises(NothingToUndo):
        undo_bulk(actor=place.actor, tenant=place.tenant, uid=again.uid, now=NOW)


def test_the_same_request_begins_one_bulk_change(place: Place, group: uuid.UUID) -> None:
    place.add(2)
    selection = place.select()
    asked = {**add(place, group), "selection": selection, "request_key": "form-1"}
    assert place.start(**asked) == place.start(**asked)
    assert place.start(**{**asked, "request_key": "form-2"}).id != place.start(**asked).id


def test_only_static_groups_take_devices(place: Place) -> None:
    place.add(1)
    with tenant_scope([place.tenant]):
        times = {"created_at": NOW, "updated_at": NOW}
        made = Group.objects.create(
            tenant_id=place.tenant, kind="DYNAMIC", name="Expired", query="status=OUT", **times
        )
    with pytest.raises(NoMembers):
        place.start(**add(place, made.uid))
    with pytest.raises(NotFound):
        place.start(**add(place, uuid.uuid4()))


def test_many_are_a_workers(
    place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(
        "fleetward.devices.bulk.actions.starting.queue", lambda run: queued.append(run.id)
    )
    place.add(FEW_DEVICES + 1)
    few = place.start(**add(place, group), selection=place.select(place.devices[:FEW_DEVICES]))
    many = place.start(**add(place, group))
    assert (few.is_small, many.is_small, queued) == (True, False, [many.id])
    place.finish(many)
    assert notified(place) == [("GROUP_FILLED", f"/devices/changes/{many.uid}/")]
    place.finish(few)
    assert len(notified(place)) == 1


def notified(place: Place) -> list[tuple[str, str]]:
    with tenant_scope([place.tenant]):
        rows = Notification.objects.order_by("id").values_list("kind", "link")
        return [
            (kind, link.removeprefix(f"/t/{place.cast.acme.customer_id}")) for kind, link in rows
        ]


def sliced(place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> BulkRow:
    """A bulk change of seven devices in slices of three, of which one is done."""
    monkeypatch.setattr(working, "SLICE", 3)
    place.add(7)
    run = place.start(**add(place, group))
    assert working.work_slice(tenant=place.tenant, run=run.id, clock=utc_now)
    return run


def test_a_cancelled_one_keeps_what_is_done_and_skips_the_rest(
    place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sliced(place, group, monkeypatch)
    for _ in range(2):
        cancel_bulk(actor=place.actor, tenant=place.tenant, uid=run.uid, now=NOW)
    run = place.finish(run)
    assert (run.state, run.counts.done, run.counts.skipped) == (BulkState.CANCELLED, 3, 4)
    every_device_has_its_outcome(place, run)
    assert members(place) == set(place.devices[:3])
    assert notified(place)[0][0] == "BULK_CANCELLED"
    with pytest.raises(BulkOver):
        cancel_bulk(actor=place.actor, tenant=place.tenant, uid=run.uid, now=NOW)
    place.undo(run)
    assert members(place) == set()


def test_one_that_is_cancelled_when_all_is_done_is_done(place: Place, group: uuid.UUID) -> None:
    place.add(2)
    run = place.start(**add(place, group))
    assert working.work_slice(tenant=place.tenant, run=run.id, clock=utc_now)
    cancel_bulk(actor=place.actor, tenant=place.tenant, uid=run.uid, now=NOW)
    assert place.finish(run).state is BulkState.DONE


def test_two_workers_at_the_end_tell_it_once(place: Place, group: uuid.UUID) -> None:
    place.add(2)
    run = place.start(**add(place, group))
    assert working.work_slice(tenant=place.tenant, run=run.id, clock=utc_now)

    def while_another_ends_it() -> datetime:
        place.finish(run)
        return utc_now()

    work = {"tenant": place.tenant, "run": run.id, "clock": while_another_ends_it}
    assert working.work_slice(**work) is False
    assert place.row(run).state is BulkState.DONE
    assert [verb for verb, _ in trail(place)] == ["group.devices_added"]


def test_a_right_that_is_lost_stops_it(
    place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sliced(place, group, monkeypatch)
    Membership.objects.filter(user=place.cast.device_admin).update(role="REPORT_ADMIN")
    run = place.finish(run)
    assert run.problem
    assert (run.state, run.problem.code) == (BulkState.FAILED, "bulk_right_lost")
    assert (run.counts.done, run.counts.skipped) == (3, 4)
    every_device_has_its_outcome(place, run)
    assert notified(place)[0][0] == "BULK_FAILED"


def test_a_group_that_is_deleted_meanwhile_stops_it(
    place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sliced(place, group, monkeypatch)
    delete_group(actor=place.actor, tenant=place.tenant, uid=group, now=NOW)
    run = place.finish(run)
    assert run.problem
    assert (run.state, run.problem.code) == (BulkState.FAILED, "group_gone")
    assert members(place) == set()


def test_one_that_breaks_for_good_skips_the_rest(
    place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sliced(place, group, monkeypatch)
    for _ in range(2):
        break_bulk(tenant=place.tenant, run=run.id)
    run = place.finish(run)
    assert run.problem
    assert (run.state, run.problem.code) == (BulkState.FAILED, "bulk_broken")
    break_bulk(tenant=place.tenant, run=run.id)
    assert place.row(run).state is BulkState.FAILED
    work = {"tenant": place.tenant, "run": run.id, "clock": utc_now}
    assert working.work_slice(**work) is False
    assert [verb for verb, _ in trail(place)] == ["group.devices_added"]


def test_hardening_6_one_without_a_heartbeat_is_queued_again(
    place: Place, group: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sliced(place, group, monkeypatch)
    assert wake_bulk(now=utc_now()) == 0
    with tenant_scope([place.tenant]):
        BulkRun.objects.update(heartbeat_at=NOW)
    assert wake_bulk(now=utc_now()) == 1
    place.finish(run)
    assert wake_bulk(now=utc_now()) == 0


def test_bulk_changes_are_listed_latest_first(place: Place, group: uuid.UUID) -> None:
    place.add(1)
    runs = [place.run(**add(place, group)) for _ in range(3)]
    page = list_bulk(actor=place.actor, tenant=place.tenant, limit=2)
    rest = list_bulk(actor=place.actor, tenant=place.tenant, limit=2, cursor=page.after)
    assert [row.uid for row in [*page.rows, *rest.rows]] == [run.uid for run in runs[::-1]]


def test_who_may_not_manage_groups_starts_cancels_and_undoes_nothing(
    place: Place, group: uuid.UUID
) -> None:
    place.add(1)
    run = place.run(**add(place, group))
    reader = actor_of(place.cast.reader)
    assert get_bulk(actor=reader, tenant=place.tenant, uid=run.uid) == run
    for act in (cancel_bulk, undo_bulk):
        with pytest.raises(Forbidden):
            act(actor=reader, tenant=place.tenant, uid=run.uid, now=NOW)
    theirs = {"actor": actor_of(place.cast.outsider), "tenant": place.cast.other.id}
    with pytest.raises(NotFound):
        get_bulk(**theirs, uid=run.uid)
    for act in (cancel_bulk, undo_bulk):
        with pytest.raises(NotFound):
            act(**theirs, uid=run.uid, now=NOW)
