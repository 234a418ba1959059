"""Many devices in one call: what becomes of each, as if they had come one by one."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.audit.models import Entry
from fleetward.devices.actions import add_device, delete_devices, store_devices, storing
from fleetward.devices.contracts import (
    DeviceInput,
    DeviceItem,
    DevicesOvertaken,
    DuplicateDevice,
    ItemEnd,
    ItemOutcome,
    ItemReason,
    Origin,
    Refusal,
    TooManyDevices,
)
from fleetward.devices.models import Change, Device, StoreCall
from fleetward.devices.queries.store_calls import list_store_calls, list_store_ends
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.warranty.models import Coverage
from tests.cast import NOW, Cast, actor_of, add_devices, make_cast
from tests.plugins.database import FreshDatabase
from tests.races import at_once

LATER = NOW + timedelta(hours=1)
FIELDS = ("manufacturer", "serial", "product_number", "name", "location", "is_active")


def item(serial: str = "", uid: uuid.UUID | None = None, **given: Any) -> DeviceItem:
    """By its id, or of Dell by its serial."""
    named = {"serial": serial} if serial else {}
    maker = {} if uid else {"manufacturer": "Dell"}
    return DeviceItem({**maker, **named, **given}, uid)


def stored(cast: Cast, *items: DeviceItem) -> list[ItemEnd]:
    actor, tenant = actor_of(cast.admin), cast.acme.id
    return list(store_devices(actor=actor, tenant=tenant, items=items, now=LATER).ends)


def outcomes(ends: Sequence[ItemEnd]) -> list[str]:
    """In short: the outcome, or why it is refused."""
    return [_word(end) for end in ends]


def _word(end: ItemEnd) -> str:
    if end.reason is None:
        return str(end.outcome)
    return f"{end.reason.field}:{end.reason.refusal}" if end.reason.refusal else end.reason.code


def added(cast: Cast, serial: str, **more: Any) -> uuid.UUID:
    return add_device(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        device=DeviceInput(**{"manufacturer": "Dell", "serial": serial, **more}),
        origin=Origin.MANUAL,
        now=NOW,
    )


def deleted(cast: Cast, serial: str, **more: Any) -> uuid.UUID:
    uid = added(cast, serial, **more)
    delete_devices(actor=actor_of(cast.admin), tenant=cast.acme.id, uids=[uid], now=NOW)
    return uid


def device(cast: Cast, uid: uuid.UUID | None) -> Device:
    with tenant_scope([cast.acme.id]):
        return Device.objects.get(uid=uid)


def changes(cast: Cast, uid: uuid.UUID | None) -> list[tuple[str, Mapping[str, Any], str]]:
    with tenant_scope([cast.acme.id]):
        rows = Change.objects.filter(device__uid=uid).order_by("id")
        return [(row.kind, row.fields, row.actor) for row in rows]


def test_each_device_gets_its_own_values_and_its_own_outcome(cast: Cast) -> None:
    known, other = added(cast, "KNOWN01", name="PC-1"), added(cast, "KNOWN02", location="Lyon")
    ends = stored(
        cast,
        item(uid=known, name="PC-9", location="Paris"),
        item(" known02 ", location="Lyon"),
        item("FRESH01", name="PC-3", purchased_on=date(2024, 3, 1), country="France"),
        item("N/A"),
        item(uid=uuid.uuid4(), name="x"),
    )
    assert outcomes(ends) == [
        "CHANGED",
        "UNCHANGED",
        "CREATED",
        "serial:JUNK_SERIAL",
        "not_found",
    ]
    assert [end.uid for end in ends[:2]] == [known, other]
    fresh = device(cast, ends[2].uid)
    assert (fresh.name, fresh.origin, fresh.country) == ("PC-3", "API", "FR")
    changed = device(cast, known)
    assert (changed.name, changed.location, changed.updated_at) == ("PC-9", "Paris", LATER)
    assert device(cast, other).updated_at == NOW


def test_history_tells_of_each_and_the_trail_once(cast: Cast) -> None:
    known, gone = added(cast, "KNOWN01", name="PC-1"), deleted(cast, "GONE001", name="PC-2")
    ends = stored(cast, item("KNOWN01", name="PC-9"), item("FRESH01"), item("GONE001", name=""))
    by = cast.admin.email
    assert changes(cast, known)[1:] == [
        ("CHANGED", {"name": {"before": "PC-1", "after": "PC-9"}}, by)
    ]
    assert changes(cast, gone)[-1] == (
        "RESTORED",
        {"name": {"before": "PC-2", "after": ""}},
        by,
    )
    assert changes(cast, ends[1].uid) == [("CREATED", {}, by)]
    with tenant_scope([cast.acme.id]):
        entry = Entry.objects.get(verb="device.stored")
    told = dict(entry.details)
    with tenant_scope([cast.acme.id]):
        call = StoreCall.objects.get()
    assert told.pop("call") == str(call.uid)
    # Over what is kept, as it is kept: whoever has the lines can check the trail's digest.
    assert told.pop("outcomes_sha256") == sha256(msgspec.json.encode(call.ends)).hexdigest()
    assert told == {"created": 2, "changed": 1, "unchanged": 0, "refused": 0}


def kept(cast: Cast, user: User, uid: uuid.UUID, **asked: Any) -> list[tuple[int, ItemEnd]]:
    asked |= {"actor": actor_of(user), "tenant": cast.acme.id, "uid": uid}
    return list(list_store_ends(**asked).rows)


def test_how_each_ended_is_kept_with_its_reason(cast: Cast) -> None:
    """Whoever lost the answer learns all of it later, and it is the same at any time."""
    odd = ItemReason("invalid_request", "colour", detail="Not permitted", fix="Correct it.")
    items = [item("FRESH01"), item("0"), DeviceItem({}, unfit=odd), item(uid=uuid.uuid4())]
    actor = actor_of(cast.admin)
    done = store_devices(actor=actor, tenant=cast.acme.id, items=items, now=LATER)
    codes = [end.reason.code if end.reason else "" for end in done.ends]
    assert codes == ["", "bad_device", "invalid_request", "not_found"]
    assert kept(cast, cast.reader, done.uid) == list(enumerate(done.ends, start=1))
    refused = kept(cast, cast.reader, done.uid, outcomes=[ItemOutcome.REFUSED], limit=2)
    assert [number for number, _ in refused] == [2, 3]
    (call,) = list_store_calls(actor=actor_of(cast.reader), tenant=cast.acme.id).rows
    assert (call.uid, call.created, call.refused, call.started_by) == (done.uid, 1, 3, actor.name)


def test_what_was_refused_altogether_is_kept_as_well(cast: Cast) -> None:
    actor, items = actor_of(cast.admin), [item("0")]
    done = store_devices(actor=actor, tenant=cast.acme.id, items=items, now=LATER)
    assert kept(cast, cast.admin, done.uid) == list(enumerate(done.ends, start=1))


def test_a_device_out_of_sight_is_not_named_any_more(cast: Cast) -> None:
    """As after it went to another tenant."""
    actor = actor_of(cast.admin)
    done = store_devices(actor=actor, tenant=cast.acme.id, items=[item("FRESH01")], now=LATER)
    add_devices(cast.other.id, 1)
    with tenant_scope([cast.other.id]):
        theirs = str(Device.objects.get().uid)
    with tenant_scope([cast.acme.id]):
        StoreCall.objects.update(ends=[["CREATED", theirs]])
    assert kept(cast, cast.admin, done.uid) == [(1, ItemEnd(ItemOutcome.CREATED))]


def test_calls_are_kept_for_nobody_else(cast: Cast) -> None:
    actor, outsider = actor_of(cast.admin), actor_of(cast.outsider)
    done = store_devices(actor=actor, tenant=cast.acme.id, items=[item("A1")], now=LATER)
    for tenant in (cast.acme.id, cast.other.id):
        with pytest.raises(NotFound):
            list_store_ends(actor=outsider, tenant=tenant, uid=done.uid)
    assert list_store_calls(actor=outsider, tenant=cast.other.id).rows == []
    with pytest.raises(NotFound):
        list_store_calls(actor=outsider, tenant=cast.acme.id)
    with tenant_scope([cast.other.id]):
        assert not StoreCall.objects.exists()


def test_the_same_again_changes_nothing_and_is_not_told(cast: Cast) -> None:
    items = [item("FRESH01", name="PC-1"), item("FRESH02"), item("0")]
    first, again = stored(cast, *items), stored(cast, *items)
    assert outcomes(first) == ["CREATED", "CREATED", "serial:JUNK_SERIAL"]
    assert outcomes(again) == ["UNCHANGED", "UNCHANGED", "serial:JUNK_SERIAL"]
    assert stored(cast) == []
    with tenant_scope([cast.acme.id]):
        assert Entry.objects.filter(verb="device.stored").count() == 1
        assert Change.objects.count() == 2


def test_w17_another_identity_makes_the_answer_another_machines(cast: Cast) -> None:
    uids = [added(cast, f"KNOWN0{n}") for n in range(4)]
    with tenant_scope([cast.acme.id]):
        Coverage.objects.update(checked_at=NOW)
    stored(
        cast,
        item(uid=uids[0], serial="OTHER01"),
        item(uid=uids[1], name="PC-1"),
        item(uid=uids[2], product_number="21AH00CUFR", country="FR"),
        item("FRESH01"),
    )
    with tenant_scope([cast.acme.id]):
        found = dict(Coverage.objects.values_list("device__serial", "checked_at"))
    assert found == {
        "OTHER01": None,
        "KNOWN01": NOW,
        "KNOWN02": None,
        "KNOWN03": NOW,
        "FRESH01": None,
    }


def test_w13_another_country_or_kind_keeps_the_answer(cast: Cast) -> None:
    uids = [added(cast, f"KNOWN0{n}") for n in range(2)]
    with tenant_scope([cast.acme.id]):
        Coverage.objects.update(checked_at=NOW)
    stored(cast, item(uid=uids[0], country="FR"), item(uid=uids[1], is_virtual=True))
    with tenant_scope([cast.acme.id]):
        found = Coverage.objects.order_by("device_id").values_list("checked_at", "latest_error")
        assert list(found) == [(NOW, ""), (NOW, "VIRTUAL_MACHINE")]


def test_x6_of_several_of_one_device_the_first_counts(cast: Cast) -> None:
    known = added(cast, "KNOWN01")
    ends = stored(
        cast,
        item("KNOWN01", name="first"),
        item(uid=known, name="second"),
        item("FRESH01", name="first"),
        item("fresh01", name="second"),
        item("N/A"),
        item("N/A"),
    )
    assert outcomes(ends)[1::2] == [
        "id:DUPLICATE_ROW",
        "serial:DUPLICATE_ROW",
        "serial:JUNK_SERIAL",
    ]
    assert [device(cast, ends[n].uid).name for n in (0, 2)] == ["first", "first"]


def test_a_product_number_tells_which_one_is_meant(cast: Cast) -> None:
    blank = added(cast, "BLANK01")
    one, two = (added(cast, "TWICE01", product_number=number) for number in ("A1", "B2"))
    ends = stored(
        cast,
        item("BLANK01", product_number="C3"),
        item("TWICE01", product_number="b2", name="PC-2"),
        item("TWICE01", name="whichever"),
        item("TWICE01", product_number="D4"),
    )
    assert outcomes(ends) == ["CHANGED", "CHANGED", "serial:AMBIGUOUS_SERIAL", "CREATED"]
    assert device(cast, blank).product_number == "C3"
    assert (device(cast, one).name, device(cast, two).name) == ("", "PC-2")


def test_active_ones_come_before_deleted_ones(cast: Cast) -> None:
    gone, there = (
        deleted(cast, "TWICE01", product_number="A1"),
        added(cast, "TWICE01", product_number="B2"),
    )
    assert stored(cast, item("TWICE01", name="PC-1"))[0].uid == there
    alone = deleted(cast, "ALONE01", product_number="A1", name="PC-7")
    (end,) = stored(cast, item("ALONE01", location="Lyon"))
    assert (end.outcome, end.uid) == (ItemOutcome.CREATED, alone)
    back = device(cast, alone)
    assert (back.name, back.location, back.is_active) == ("PC-7", "Lyon", True)
    assert outcomes(stored(cast, item(uid=gone, name="x"))) == ["not_found"]


def test_w16_a_device_of_hp_may_be_hpes(cast: Cast) -> None:
    hpe = added(cast, "CZ12345678", manufacturer="HPE")
    (end,) = stored(cast, item("CZ12345678", manufacturer="HP", name="server"))
    assert (end.outcome, end.uid) == (ItemOutcome.CHANGED, hpe)
    assert device(cast, hpe).manufacturer == "HPE"


def test_t10_an_identity_is_held_once_and_can_be_handed_on(cast: Cast) -> None:
    one, two = added(cast, "FIRST01"), added(cast, "OTHER01")
    assert outcomes(stored(cast, item(uid=one, serial="OTHER01"))) == ["duplicate_device"]
    handed = stored(
        cast,
        item(uid=two, serial="THIRD01"),
        item(uid=one, serial="OTHER01"),
        item("FIRST01", name="new"),
    )
    assert outcomes(handed) == ["CHANGED", "CHANGED", "CREATED"]
    assert [device(cast, end.uid).serial for end in handed] == ["THIRD01", "OTHER01", "FIRST01"]
    late = stored(cast, item(uid=handed[2].uid, serial="OTHER01"), item(uid=one, serial="FOURTH1"))
    assert outcomes(late) == ["duplicate_device", "CHANGED"]
    assert late[0].reason is not None
    assert (late[0].reason.code, late[0].reason.field) == (DuplicateDevice.code, "serial")


def test_a_device_of_another_tenant_is_out_of_reach(cast: Cast) -> None:
    known = added(cast, "KNOWN01")
    ends = store_devices(
        actor=actor_of(cast.outsider),
        tenant=cast.other.id,
        items=[item(uid=known, name="theirs"), item("KNOWN01", name="own")],
        now=LATER,
    ).ends
    assert outcomes(ends) == ["not_found", "CREATED"]
    assert device(cast, known).name == ""


def test_who_may_not_edit_stores_nothing(cast: Cast) -> None:
    for user, error in ((cast.reader, Forbidden), (cast.outsider, NotFound)):
        with pytest.raises(error):
            store_devices(
                actor=actor_of(user), tenant=cast.acme.id, items=[item("FRESH01")], now=NOW
            )
    with tenant_scope([cast.acme.id]):
        assert not Device.objects.exists()


def test_more_than_ten_thousand_are_refused(cast: Cast) -> None:
    with pytest.raises(TooManyDevices):
        stored(cast, *[item("FRESH01")] * 10_001)


def test_ten_thousand_at_once(cast: Cast) -> None:
    add_devices(cast.acme.id, 5_000)
    with tenant_scope([cast.acme.id]):
        known = list(Device.objects.values_list("uid", flat=True))
    ends = stored(
        cast,
        *[item(uid=uid, name=f"PC-{n}") for n, uid in enumerate(known)],
        *[item(f"FRESH{n:05}") for n in range(5_000)],
    )
    assert Counter(outcomes(ends)) == {"CHANGED": 5_000, "CREATED": 5_000}
    with tenant_scope([cast.acme.id]):
        assert Device.objects.count() == Coverage.objects.count() == 10_000


# Few values, so that items meet.
_SERIALS = ("AAAA111", "BBBB222", "CCCC333", "N/A", "")
_GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "serial": st.sampled_from(_SERIALS),
        "manufacturer": st.sampled_from(("Dell", "HP", "HPE", "")),
        "product_number": st.sampled_from(("", "A1", "B2")),
        "name": st.sampled_from(("", "PC-1", "n" * 121)),
        "model": st.sampled_from(("", "ProLiant DL380", "EliteBook 840")),
        "location": st.sampled_from(("Lyon", "")),
        "country": st.sampled_from(("FR", "Atlantis")),
    },
)
_ITEMS = st.lists(st.tuples(st.integers(-3, 5), _GIVEN), max_size=7)


@given(_ITEMS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_at_once_is_the_same_as_one_by_one(
    cast: Cast, given_items: list[tuple[int, dict[str, Any]]]
) -> None:
    with transaction.atomic():
        uids = [
            added(cast, "AAAA111"),
            added(cast, "BBBB222", product_number="A1", manufacturer="HP"),
            added(cast, "BBBB222", product_number="B2", manufacturer="HP"),
            deleted(cast, "CCCC333", product_number="A1"),
            deleted(cast, "AAAA111", manufacturer="HPE"),
            uuid.UUID(int=1),
        ]
        items = [DeviceItem(fields, uids[at] if at >= 0 else None) for at, fields in given_items]
        together = tried(cast, items, one_by_one)
        assert tried(cast, items, lambda *asked: outcomes(stored(*asked))) == together
        transaction.set_rollback(True)


def one_by_one(cast: Cast, *items: DeviceItem) -> list[str]:
    told, met = [], set()
    for one in items:
        with transaction.atomic():
            (end,) = stored(cast, one)
            (word,) = outcomes([end])
            # The first item of a device counts, whomever a later one would collide with.
            if end.uid in met or (one.uid in met and word == DuplicateDevice.code):
                word = f"{'id' if one.uid else 'serial'}:{Refusal.DUPLICATE_ROW}"
                transaction.set_rollback(True)
        if end.uid:
            met.add(end.uid)
        told.append(word)
    return told


def tried(cast: Cast, items: Sequence[DeviceItem], way: Any) -> tuple[object, ...]:
    """The outcomes, and the devices afterwards; then all is as before."""
    with transaction.atomic(), tenant_scope([cast.acme.id]):
        told = way(cast, *items)
        left = sorted(Device.objects.values_list(*FIELDS))
        history = Counter(Change.objects.values_list("device__serial", "kind"))
        transaction.set_rollback(True)
    return told, left, history


def raced(cast: Cast) -> list[list[str]]:
    """Somebody adds a device; the call that names it as well waits for them."""
    told: list[list[str]] = []
    at_once(
        [cast.acme.id],
        lambda: added(cast, "RACED01"),
        lambda: told.append(outcomes(stored(cast, item("RACED01", name="PC-1"), item("FRESH01")))),
    )
    return told


def test_a_device_that_somebody_adds_meanwhile_is_changed(fresh_database: FreshDatabase) -> None:
    cast = make_cast()
    assert raced(cast) == [["CHANGED", "CREATED"]]
    with tenant_scope([cast.acme.id]):
        assert sorted(Device.objects.values_list("serial", "name")) == [
            ("FRESH01", ""),
            ("RACED01", "PC-1"),
        ]


def test_control_without_another_turn_the_race_is_lost(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MOST_TURNS", 1)
    cast = make_cast()
    with pytest.raises(DevicesOvertaken):
        raced(cast)
    with tenant_scope([cast.acme.id]):
        assert Device.objects.count() == 1
