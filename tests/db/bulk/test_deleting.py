"""Deleting and restoring selections (E10): after the code, an outcome for each, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import archive_devices, delete_devices, undo_deletion
from fleetward.devices.bulk.actions import (
    delete_selected,
    offer_selected_deletion,
    select_picked,
    working,
)
from fleetward.devices.bulk.contracts import BulkKind, BulkOutcome, BulkRow, SelectionRow
from fleetward.devices.contracts import SelectionChanged, WrongSecurityCode
from fleetward.devices.models import Change
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden
from fleetward.notifications.models import Notification
from fleetward.warranty.models import Coverage
from tests.cast import actor_of
from tests.db.bulk.work import Place, every_device_has_its_outcome

pytestmark = pytest.mark.django_db


def delete(place: Place, shown: SelectionRow, meant: SelectionRow | None = None) -> BulkRow:
    offer = place.offer(shown)
    run = delete_selected(
        actor=place.actor,
        tenant=place.tenant,
        selection=(meant or shown).uid,
        token=offer.token,
        typed=offer.code,
        now=utc_now(),
    )
    return place.finish(run)


def active(place: Place) -> set[int]:
    return {device for device in place.devices if place.get_device(device).is_active}


def covered(place: Place) -> int:
    with tenant_scope([place.tenant]):
        return Coverage.objects.filter(device_id__in=place.devices).count()


def test_e10_every_device_has_its_outcome_and_undo_restores(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "SLICE", 2)
    one, two, three, four, five = place.add(5)
    selection = place.select()
    place.change(two, location="Lyon")
    place.change(four, is_active=False)
    run = delete(place, selection)
    every_device_has_its_outcome(place, run)
    assert place.outcomes(run) == {
        one: BulkOutcome.DONE,
        two: BulkOutcome.CHANGED_SINCE,
        three: BulkOutcome.DONE,
        four: BulkOutcome.GONE,
        five: BulkOutcome.DONE,
    }
    assert active(place) == {two}
    place.change(five, is_active=True)
    undone = place.undo(run)
    every_device_has_its_outcome(place, undone)
    assert place.outcomes(undone) == {
        one: BulkOutcome.DONE,
        three: BulkOutcome.DONE,
        five: BulkOutcome.UNCHANGED,
    }
    assert active(place) == {one, two, three, five}


def test_e10_undo_restores_what_has_been_archived_since(place: Place) -> None:
    place.add(2)
    run = delete(place, place.select())
    assert archive_devices(tenant=place.tenant, clock=lambda: utc_now() + timedelta(days=91)) == 2
    undone = place.undo(run)
    assert set(place.outcomes(undone).values()) == {BulkOutcome.DONE}
    assert active(place) == set(place.devices)


def test_coverage_goes_with_a_device_and_comes_back(place: Place) -> None:
    place.add(3)
    before = covered(place)
    run = delete(place, place.select())
    assert covered(place) == 0
    place.undo(run)
    assert covered(place) == before == 3


def test_inactive_devices_are_restored_and_active_ones_stay(place: Place) -> None:
    one, two = place.add(2)
    place.change(one, is_active=False)
    run = place.run(BulkKind.RESTORE)
    assert place.outcomes(run) == {one: BulkOutcome.DONE, two: BulkOutcome.UNCHANGED}
    assert not run.has_undo


def test_the_undo_of_one_request_leaves_bulk_deletions_alone(place: Place) -> None:
    one, two = place.add(2)
    given = {"actor": place.actor, "tenant": place.tenant, "now": utc_now()}
    delete(place, place.select([one]))
    done = delete_devices(**given, uids=place.uids([two]))
    with tenant_scope([place.tenant]):
        of_the_request = Change.objects.filter(kind="DELETED", request_id=done.reference)
        assert {change.device_id for change in of_the_request} == {one, two}
    assert undo_deletion(**given, reference=done.reference) == 1
    assert active(place) == {two}


def test_its_end_is_recorded_and_told_once(place: Place) -> None:
    _, two, _ = place.add(3)
    selection = place.select()
    place.change(two, location="Lyon")
    run = delete(place, selection)
    with tenant_scope([place.tenant]):
        assert Entry.objects.get(subject=f"bulk:{run.uid}").verb == "device.deleted"
        told = Notification.objects.get(key=f"bulk:{run.uid}")
    assert told.kind == "DEVICES_DELETED"
    assert told.params == {"done": 2, "devices": 3, "count": 2}


def test_a_code_is_for_one_selection_and_one_actor(place: Place) -> None:
    place.add(2)
    shown, meant = place.select(), place.select()
    with pytest.raises(SelectionChanged):
        delete(place, shown, meant)
    given = {"tenant": place.tenant, "selection": shown.uid, "now": utc_now()}
    with pytest.raises(WrongSecurityCode):
        delete_selected(**given, actor=place.actor, token="none", typed="NO")
    with pytest.raises(Forbidden):
        offer_selected_deletion(
            tenant=place.tenant,
            actor=actor_of(place.cast.reader),
            selection=_selected_by_reader(place).uid,
            now=utc_now(),
        )
    assert len(active(place)) == 2


def _selected_by_reader(place: Place) -> SelectionRow:
    return select_picked(
        actor=actor_of(place.cast.reader),
        tenant=place.tenant,
        uids=place.uids(),
        query="",
        now=utc_now(),
    )
