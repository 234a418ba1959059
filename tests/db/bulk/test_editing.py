"""Editing selections: what is stored, what history tells, what follows, and taking it back."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import change_device, delete_devices
from fleetward.devices.bulk.actions import select_picked, start_bulk, working
from fleetward.devices.bulk.contracts import BulkKind, BulkOutcome, BulkRow, NothingToChange
from fleetward.devices.contracts import BadDevice, ChangeKind, ChangeRow
from fleetward.devices.models import BulkItem, Device
from fleetward.devices.queries.history import list_changes
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.contracts import Reason
from fleetward.warranty.models import Coverage
from tests import invariants
from tests.cast import TODAY, add_devices
from tests.db.bulk.work import Place, every_device_has_its_outcome
from tests.db.devices.fleet import answer, known

pytestmark = pytest.mark.django_db
O = BulkOutcome  # noqa: E741


def edit(place: Place, **changes: object) -> BulkRow:
    return place.run(BulkKind.EDIT, changes)


def latest(place: Place, device: int) -> ChangeRow:
    (uid,) = place.uids([device])
    return list_changes(actor=place.actor, tenant=place.tenant, uid=uid).rows[0]


def values(place: Place, device: int, *names: str) -> tuple[object, ...]:
    row = place.get_device(device)
    return tuple(getattr(row, name) for name in names)


def test_fields_are_set_and_history_tells_only_what_differed(place: Place) -> None:
    one, two = place.add(2, location="Lyon", model="Latitude")
    place.change(two, location="Paris")
    run = edit(place, location="  Paris ", assigned_user="Ada", purchased_on=date(2026, 3, 1))
    assert run.counts.done == 2
    assert values(place, one, "location", "assigned_user", "model") == ("Paris", "Ada", "Latitude")
    told = latest(place, one)
    assert told.kind is ChangeKind.CHANGED
    assert told.fields == {
        "location": ("Lyon", "Paris"),
        "assigned_user": ("", "Ada"),
        "purchased_on": (None, "2026-03-01"),
    }
    assert set(latest(place, two).fields) == {"assigned_user", "purchased_on"}
    assert (told.actor, told.request_id) == (place.actor.name, "test-request")
    assert told.bulk_uid == str(run.uid)
    every_device_has_its_outcome(place, run)
    invariants.everything_holds(place.tenant)


def test_what_is_like_this_already_is_unchanged_and_writes_nothing(place: Place) -> None:
    same, other = place.add(2)
    place.change(same, location="Paris", country="FR")
    before = place.get_device(same).updated_at
    run = edit(place, location="Paris", country="France")
    assert place.outcomes(run) == {same: O.UNCHANGED, other: O.DONE}
    assert place.get_device(same).updated_at == before


def test_fields_can_be_cleared(place: Place) -> None:
    (device,) = place.add(1, location="Lyon", purchased_on=date(2025, 1, 1), country="FR")
    edit(place, location="", purchased_on=None, country=None)
    assert values(place, device, "location", "purchased_on", "country") == ("", None, "")
    assert latest(place, device).fields["purchased_on"] == ("2025-01-01", None)


@pytest.mark.parametrize(
    "changes", [{}, {"serial": "X"}, {"asset_tag": "1"}, {"manufacturer": "HP", "name": "PC"}]
)
def test_what_belongs_to_one_device_is_not_changed_in_bulk(
    place: Place, changes: dict[str, object]
) -> None:
    place.add(1)
    with pytest.raises(NothingToChange):
        edit(place, **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"country": "Atlantis"}, "country"), ({"location": "x" * 121}, "location")],
)
def test_a_bad_value_is_refused_before_anything_changes(
    place: Place, changes: dict[str, object], field: str
) -> None:
    place.add(1)
    with pytest.raises(BadDevice) as refused:
        edit(place, **changes)
    assert refused.value.field == field


@pytest.mark.parametrize("changes", [{"country": "FR"}, {"is_virtual": True}])
def test_w13_another_country_or_kind_keeps_what_the_vendor_said(
    place: Place, changes: dict[str, object]
) -> None:
    (device,) = place.add(1, "HP", product_number="6S6V0EA")
    answer(place.tenant, device, TODAY)
    run = edit(place, **changes)
    why = Reason.VIRTUAL_MACHINE if "is_virtual" in changes else ""
    assert known(place.tenant, device) == (TODAY, why, [TODAY])
    assert place.outcomes(place.undo(run)) == {device: O.DONE}
    assert known(place.tenant, device) == (TODAY, "", [TODAY])
    invariants.everything_holds(place.tenant)


def test_w16_a_model_of_another_manufacturer_is_refused_for_that_device(place: Place) -> None:
    (hp,) = place.add(1, "HP")
    (hpe,) = place.add(1, "HPE")
    run = edit(place, model="ProLiant DL380 Gen10", location="Paris")
    assert place.outcomes(run) == {hp: O.REFUSED, hpe: O.DONE}
    with tenant_scope([place.tenant]):
        assert BulkItem.objects.get(device_id=hp).refusal == "OTHER_MANUFACTURER"
    assert values(place, hp, "model", "location") == ("", "")
    every_device_has_its_outcome(place, run)


def test_e12_the_model_tells_a_virtual_machine_whatever_is_ticked(place: Place) -> None:
    plain, virtual = place.add(2)
    place.change(virtual, model="VMware Virtual Platform", is_virtual=True)
    edit(place, is_virtual=False)
    assert [place.get_device(d).is_virtual for d in (plain, virtual)] == [False, True]
    edit(place, model="VMware Virtual Platform")
    assert [place.get_device(d).is_virtual for d in (plain, virtual)] == [True, True]
    assert latest(place, plain).fields["is_virtual"] == (False, True)
    with tenant_scope([place.tenant]):
        assert Coverage.objects.get(device_id=plain).reason == Reason.VIRTUAL_MACHINE


def test_a_device_that_changed_since_it_was_selected_is_left_alone(place: Place) -> None:
    changed, plain = place.add(2)
    selection = place.select()
    place.change(changed, assigned_user="Bob")
    run = place.run(BulkKind.EDIT, {"location": "Paris"}, selection)
    assert place.outcomes(run) == {changed: O.CHANGED_SINCE, plain: O.DONE}
    assert values(place, changed, "location") == ("",)


def test_the_trail_names_fields_and_no_values(place: Place) -> None:
    place.add(1)
    edit(place, assigned_user="Ada Lovelace", location="Paris")
    with tenant_scope([place.tenant]):
        entry = Entry.objects.get(verb="device.edited")
    assert entry.details["fields"] == ["assigned_user", "location"]
    assert entry.request_id == "test-request"
    assert "Ada" not in str(entry.details)


def test_history_says_on_whose_behalf_a_program_spoke(place: Place) -> None:
    (device,) = place.add(1)
    program = replace(
        place.actor, name="ada@acme.example (Nightly)", on_behalf_of="ada@acme.example"
    )
    given = {"actor": program, "tenant": place.tenant, "now": utc_now()}
    selection = select_picked(**given, uids=place.uids(), query="")
    begun = start_bulk(
        **given, kind=BulkKind.EDIT, selection=selection.uid, params={"location": "Paris"}
    )
    place.finish(begun)
    told = latest(place, device)
    assert (told.actor, told.on_behalf) == ("ada@acme.example (Nightly)", "ada@acme.example")
    change_device(**given, uid=place.uids()[0], changes={"location": "Lyon"})
    assert latest(place, device).on_behalf == "ada@acme.example"
    delete_devices(**given, uids=place.uids())
    assert latest(place, device).on_behalf == "ada@acme.example"


def test_undo_gives_the_values_before_back(place: Place) -> None:
    one, two = place.add(2, location="Lyon", purchased_on=date(2025, 1, 1))
    place.change(two, location="Nice", is_virtual=True, purchased_on=None)
    run = edit(place, location="Paris", purchased_on=date(2026, 3, 1), is_virtual=True)
    back = place.undo(run)
    assert back.counts.done == 2
    names = ("location", "purchased_on", "is_virtual")
    assert values(place, one, *names) == ("Lyon", date(2025, 1, 1), False)
    assert values(place, two, *names) == ("Nice", None, True)
    told = latest(place, one)
    assert told.fields["location"] == ("Paris", "Lyon")
    assert told.fields["purchased_on"] == ("2026-03-01", "2025-01-01")
    invariants.everything_holds(place.tenant)


def test_undo_leaves_alone_and_names_what_has_another_value_since(place: Place) -> None:
    edited, beside, plain = place.add(3, location="Lyon")
    run = edit(place, location="Paris")
    place.change(edited, location="Nice")
    place.change(beside, assigned_user="Bob")
    back = place.undo(run)
    # Another field does not matter: what the bulk change wrote is still there.
    assert place.outcomes(back) == {edited: O.CHANGED_SINCE, beside: O.DONE, plain: O.DONE}
    assert values(place, edited, "location") == ("Nice",)
    assert values(place, beside, "location", "assigned_user") == ("Lyon", "Bob")
    every_device_has_its_outcome(place, back)
    assert place.undo(run).counts.changed_since == 3


def test_undo_leaves_deleted_devices_deleted(place: Place) -> None:
    gone, plain = place.add(2)
    run = edit(place, location="Paris")
    delete_devices(actor=place.actor, tenant=place.tenant, uids=place.uids([gone]), now=utc_now())
    assert place.outcomes(place.undo(run)) == {gone: O.GONE, plain: O.DONE}


@pytest.mark.parametrize("seed", range(6))
def test_every_device_ends_once_whatever_happens_meanwhile(
    place: Place, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Outcomes = devices selected, in slices of any size, with a kill between two of them."""
    chance = random.Random(seed)
    monkeypatch.setattr(working, "SLICE", chance.choice([1, 3, 7, 100]))
    place.add(chance.randint(1, 20), chance.choice(["HP", "Dell", "HPE"]))
    for device in place.devices:
        place.change(device, location=chance.choice(["", "Paris", "Lyon"]))
    selection = place.select()
    changes = {"location": "Paris", "model": chance.choice(["", "ProLiant ML30", "VirtualBox"])}
    run = place.start(BulkKind.EDIT, changes, selection)
    while working.work_slice(tenant=place.tenant, run=run.id, clock=utc_now):
        disturb(place, chance)
    every_device_has_its_outcome(place, run)
    invariants.everything_holds(place.tenant)
    back = place.undo(run) if place.row(run).has_undo else run
    every_device_has_its_outcome(place, back)
    invariants.everything_holds(place.tenant)


def disturb(place: Place, chance: random.Random) -> None:
    """Somebody works on some devices meanwhile."""
    for device in place.devices:
        luck = chance.random()
        if luck < 0.1:
            place.change(device, location="Nice")
        elif luck < 0.2 and place.get_device(device).is_active:
            uids = place.uids([device])
            given = {"actor": place.actor, "tenant": place.tenant, "now": utc_now()}
            delete_devices(**given, uids=uids)


def test_two_slices_of_one_device_set_are_told_apart_by_the_latest_run(place: Place) -> None:
    """Two edits of one device: undoing the first leaves what the second wrote."""
    (device,) = place.add(1, location="Lyon")
    first = edit(place, location="Paris")
    second = edit(place, location="Nice")
    assert place.undo(first).counts.changed_since == 1
    assert place.undo(second).counts.done == 1
    assert values(place, device, "location") == ("Paris",)
    assert place.undo(first).counts.done == 1
    assert values(place, device, "location") == ("Lyon",)


def test_v1_another_tenants_devices_are_never_touched(place: Place) -> None:
    place.add(1)
    add_devices(place.cast.other.id, 1, location="Lyon")
    both = [place.tenant, place.cast.other.id]
    with tenant_scope(both):
        uids = list(Device.objects.values_list("uid", flat=True))
    picked = select_picked(
        actor=place.actor, tenant=place.tenant, uids=uids, query="", now=utc_now()
    )
    place.run(BulkKind.EDIT, {"location": "Paris"}, picked)
    with tenant_scope(both):
        assert sorted(Device.objects.values_list("location", flat=True)) == ["Lyon", "Paris"]
