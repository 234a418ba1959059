"""Adding, changing, deleting and restoring devices: what is stored, who is told, who may."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import (
    add_device,
    change_device,
    check_code,
    delete_devices,
    offer_deletion,
    restore_devices,
    undo_deletion,
)
from fleetward.devices.contracts import (
    BadDevice,
    ChangeKind,
    DeviceInput,
    DuplicateDevice,
    HintCode,
    Origin,
    Refusal,
    SelectionChanged,
    WrongSecurityCode,
)
from fleetward.devices.models import Device
from fleetward.devices.queries.history import find_device, list_changes, list_deleted
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.warranty.models import Coverage
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.db.devices.fleet import cover

pytestmark = pytest.mark.django_db
GIVEN = DeviceInput("Dell Inc.", " abc1234 ", name="PC-1", country="France")


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.device_admin)


def add(cast: Cast, actor: Actor, device: DeviceInput = GIVEN) -> uuid.UUID:
    return add_device(
        actor=actor, tenant=cast.acme.id, device=device, origin=Origin.MANUAL, now=NOW
    )


def change(cast: Cast, actor: Actor, uid: uuid.UUID, **changes: str) -> bool:
    return change_device(actor=actor, tenant=cast.acme.id, uid=uid, changes=changes, now=NOW)


def stored(cast: Cast, uid: uuid.UUID) -> Device:
    with tenant_scope([cast.acme.id]):
        return Device.objects.get(uid=uid)


def covered(cast: Cast, uid: uuid.UUID) -> Coverage | None:
    with tenant_scope([cast.acme.id]):
        return Coverage.objects.filter(device_id=Device.objects.get(uid=uid).id).first()


def verbs(cast: Cast) -> list[str]:
    with tenant_scope([cast.acme.id]):
        return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def uids_of(cast: Cast, ids: list[int]) -> list[uuid.UUID]:
    with tenant_scope([cast.acme.id]):
        return list(Device.objects.filter(id__in=ids).order_by("id").values_list("uid", flat=True))


def test_e1_an_added_device_is_canonical_and_gets_its_coverage_row(
    cast: Cast, actor: Actor
) -> None:
    uid = add(cast, actor)
    device = stored(cast, uid)
    assert (device.manufacturer, device.serial, device.country) == ("Dell", "ABC1234", "FR")
    assert device.origin == "MANUAL"
    assert covered(cast, uid) is not None
    assert verbs(cast) == ["device.added"]
    history = list_changes(actor=actor, tenant=cast.acme.id, uid=uid).rows
    assert [entry.kind for entry in history] == [ChangeKind.CREATED]


@pytest.mark.parametrize(
    ("changes", "field", "refusal"),
    [
        ({"serial": ""}, "serial", Refusal.MISSING_SERIAL),
        ({"serial": "To be filled by O.E.M."}, "serial", Refusal.JUNK_SERIAL),
        ({"serial": "1.2E+07"}, "serial", Refusal.SCIENTIFIC_NOTATION),
        ({"manufacturer": " "}, "manufacturer", Refusal.MISSING_MANUFACTURER),
        ({"country": "Atlantis"}, "country", HintCode.UNKNOWN_COUNTRY),
        ({"name": "x" * 121}, "name", Refusal.VALUE_TOO_LONG),
    ],
)
def test_e12_a_bad_field_is_named(
    cast: Cast, actor: Actor, changes: dict[str, str], field: str, refusal: str
) -> None:
    with pytest.raises(BadDevice) as refused:
        add(cast, actor, replace(GIVEN, **changes))
    assert (refused.value.field, refused.value.refusal) == (field, refusal)
    assert verbs(cast) == []


def test_the_same_identity_twice_is_refused(cast: Cast, actor: Actor) -> None:
    add(cast, actor)
    with pytest.raises(DuplicateDevice):
        add(cast, actor)


def test_t10_another_tenant_may_list_the_same_machine_and_nobody_is_told(
    cast: Cast, actor: Actor
) -> None:
    theirs = actor_of(cast.outsider)
    uid = add_device(actor=theirs, tenant=cast.other.id, device=GIVEN, origin=Origin.API, now=NOW)
    assert add(cast, actor) != uid
    found = find_device(actor=actor, tenant=cast.acme.id, manufacturer="Dell", serial="ABC1234")
    assert found != uid


def test_a_deleted_device_that_is_added_again_comes_back(cast: Cast, actor: Actor) -> None:
    uid = add(cast, actor)
    delete_devices(actor=actor, tenant=cast.acme.id, uids=[uid], now=NOW)
    assert covered(cast, uid) is None
    assert add(cast, actor, replace(GIVEN, name="PC-2")) == uid
    assert (stored(cast, uid).is_active, stored(cast, uid).name) == (True, "PC-2")
    assert covered(cast, uid) is not None


def test_a_change_writes_history_with_before_and_after(cast: Cast, actor: Actor) -> None:
    uid = add(cast, actor)
    assert change(cast, actor, uid, name="PC-9", location="Lyon") is True
    entry = list_changes(actor=actor, tenant=cast.acme.id, uid=uid).rows[0]
    assert entry.kind is ChangeKind.CHANGED
    assert entry.actor == cast.device_admin.email
    assert entry.fields == {"name": ("PC-1", "PC-9"), "location": ("", "Lyon")}
    assert verbs(cast) == ["device.added", "device.changed"]


def test_saving_what_is_there_changes_nothing(cast: Cast, actor: Actor) -> None:
    uid = add(cast, actor)
    assert change(cast, actor, uid, serial="abc1234", manufacturer="DELL") is False
    assert verbs(cast) == ["device.added"]


@pytest.mark.parametrize(
    ("changes", "keeps"), [({"name": "other"}, True), ({"serial": "XYZ9876"}, False)]
)
def test_w17_only_a_changed_identity_drops_the_answer(
    cast: Cast, actor: Actor, changes: dict[str, str], keeps: bool
) -> None:
    uid = add(cast, actor)
    cover(cast.acme.id, stored(cast, uid).id, date(2027, 1, 1))
    change(cast, actor, uid, **changes)
    coverage = covered(cast, uid)
    assert coverage is not None
    assert (coverage.ends_on == date(2027, 1, 1)) is keeps


def test_a_change_into_another_devices_identity_is_refused(cast: Cast, actor: Actor) -> None:
    add(cast, actor)
    uid = add(cast, actor, replace(GIVEN, serial="XYZ9876"))
    with pytest.raises(DuplicateDevice):
        change(cast, actor, uid, serial="ABC1234")
    assert stored(cast, uid).serial == "XYZ9876"


def test_e10_deleting_makes_inactive_and_tells_with_the_way_back(cast: Cast, actor: Actor) -> None:
    uids = uids_of(cast, add_devices(cast.acme.id, 3))
    done = delete_devices(actor=actor, tenant=cast.acme.id, uids=uids[:2], now=NOW)
    assert done.devices == 2
    assert [stored(cast, uid).is_active for uid in uids] == [False, False, True]
    assert [covered(cast, uid) is None for uid in uids] == [True, True, False]
    with tenant_scope([cast.acme.id]):
        told = Notification.objects.get()
    assert told.user_id == cast.device_admin.id
    assert told.link.endswith(f"/devices/deleted/{done.reference}/")
    rows = list_deleted(actor=actor, tenant=cast.acme.id, reference=done.reference)
    assert {row.uid for row in rows} == set(uids[:2])
    restored = undo_deletion(actor=actor, tenant=cast.acme.id, reference=done.reference, now=NOW)
    assert restored == 2
    assert all(covered(cast, uid) is not None for uid in uids)
    assert verbs(cast) == ["device.deleted", "device.restored"]


def test_deleting_or_restoring_twice_does_it_once(cast: Cast, actor: Actor) -> None:
    uids = uids_of(cast, add_devices(cast.acme.id, 1))
    for action in (delete_devices, restore_devices):
        action(actor=actor, tenant=cast.acme.id, uids=uids, now=NOW)
        with pytest.raises(NotFound):
            action(actor=actor, tenant=cast.acme.id, uids=uids, now=NOW)


def test_what_changed_since_it_was_seen_is_not_deleted(cast: Cast, actor: Actor) -> None:
    asked: dict[str, Any] = {"actor": actor, "tenant": cast.acme.id}
    uid, later = add(cast, actor), NOW + timedelta(hours=1)
    change_device(**asked, uid=uid, changes={"name": "PC-9"}, now=later)
    with pytest.raises(ChangedMeanwhile):
        delete_devices(**asked, uids=[uid], seen=NOW, now=later)
    assert stored(cast, uid).is_active
    assert delete_devices(**asked, uids=[uid], seen=later, now=later).devices == 1


def test_undo_leaves_what_was_restored_and_deleted_since(cast: Cast, actor: Actor) -> None:
    uids = uids_of(cast, add_devices(cast.acme.id, 2))
    first = delete_devices(actor=actor, tenant=cast.acme.id, uids=uids, now=NOW)
    restore_devices(actor=actor, tenant=cast.acme.id, uids=uids[:1], now=NOW)
    later = replace(actor, request_id="another-request")
    delete_devices(actor=later, tenant=cast.acme.id, uids=uids[:1], now=NOW)
    rows = list_deleted(actor=actor, tenant=cast.acme.id, reference=first.reference)
    assert [row.uid for row in rows] == uids[1:]


def test_v1_a_device_of_another_tenant_cannot_be_touched(cast: Cast, actor: Actor) -> None:
    uid = add(cast, actor)
    theirs = actor_of(cast.outsider)
    for tenant in (cast.acme.id, cast.other.id):
        with pytest.raises(NotFound):
            change_device(actor=theirs, tenant=tenant, uid=uid, changes={"name": "mine"}, now=NOW)
        with pytest.raises(NotFound):
            delete_devices(actor=theirs, tenant=tenant, uids=[uid], now=NOW)
    assert stored(cast, uid).name == "PC-1"


def test_l1_a_reader_changes_nothing(cast: Cast, actor: Actor) -> None:
    uid, reader = add(cast, actor), actor_of(cast.reader)
    with pytest.raises(Forbidden):
        add(cast, reader)
    with pytest.raises(Forbidden):
        change(cast, reader, uid, name="x")
    for action in (delete_devices, restore_devices):
        with pytest.raises(Forbidden):
            action(actor=reader, tenant=cast.acme.id, uids=[uid], now=NOW)
    with pytest.raises(Forbidden):
        offer_deletion(actor=reader, tenant=cast.acme.id, uid=uid, now=NOW)


class TestSecurityCode:
    """E10: the code is good for one device, one person and a quarter of an hour."""

    UID = uuid.uuid4()

    def check(self, cast: Cast, actor: Actor, **changed: object) -> None:
        offer = offer_deletion(actor=actor, tenant=cast.acme.id, uid=self.UID, now=NOW)
        answer = {"typed": f" {offer.code.lower()} ", "token": offer.token, "now": NOW}
        answer |= {"actor": actor, "tenant": cast.acme.id, "uid": self.UID}
        if "answers" in changed:
            answer["actor"] = actor_of(changed.pop("answers"))
        check_code(**answer | changed)

    def test_passes_as_shown_in_any_case(self, cast: Cast, actor: Actor) -> None:
        self.check(cast, actor)

    @pytest.mark.parametrize("typed", ["", "WRONG1", "é"])
    def test_refuses_another_code(self, cast: Cast, actor: Actor, typed: str) -> None:
        with pytest.raises(WrongSecurityCode):
            self.check(cast, actor, typed=typed)

    def test_refuses_a_forged_token(self, cast: Cast, actor: Actor) -> None:
        with pytest.raises(WrongSecurityCode):
            self.check(cast, actor, token="made:up:here")

    def test_refuses_when_old(self, cast: Cast, actor: Actor) -> None:
        with pytest.raises(WrongSecurityCode):
            self.check(cast, actor, now=NOW + timedelta(minutes=16))

    def test_refuses_another_person_and_another_tenant(self, cast: Cast, actor: Actor) -> None:
        with pytest.raises(WrongSecurityCode):
            self.check(cast, actor, answers=cast.admin)
        with pytest.raises(WrongSecurityCode):
            self.check(cast, actor, tenant=cast.other.id)

    def test_refuses_another_device(self, cast: Cast, actor: Actor) -> None:
        with pytest.raises(SelectionChanged):
            self.check(cast, actor, uid=uuid.uuid4())
