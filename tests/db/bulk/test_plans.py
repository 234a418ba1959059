"""L3: plans are a device's own: given in bulk and alone, counted with their seats, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.actions import add_device, change_device, undo_change
from fleetward.devices.bulk.actions import (
    move_to_plan,
    select_picked,
    start_bulk,
    undo_bulk,
    work_off,
)
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, BulkState, NothingSelected
from fleetward.devices.bulk.queries import get_bulk
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden
from fleetward.tenancy.contracts import LicenceState
from fleetward.tenancy.licences.actions import remove_licence
from fleetward.tenancy.licences.contracts import Licensing, PlanWithoutKey
from fleetward.tenancy.licences.queries import get_licensing, list_plans_to_give
from fleetward.tenancy.models import Membership
from fleetward.tenancy.queries import get_tenant_by_id
from tests.cast import actor_of
from tests.db.bulk.work import Place
from tests.db.tenancy.test_licences import add, key

pytestmark = pytest.mark.django_db
DELL = DeviceInput(manufacturer="Dell", serial="5XK2QL3")


def admin(place: Place) -> Actor:
    return actor_of(place.cast.admin)


def give(place: Place, plan: str | None, *devices: int) -> BulkRow:
    run = start_bulk(
        actor=admin(place),
        tenant=place.tenant,
        kind=BulkKind.EDIT,
        selection=chosen(place, *devices),
        params={"plan": plan},
        now=utc_now(),
    )
    return worked(place, run)


def chosen(place: Place, *devices: int) -> UUID:
    return select_picked(
        actor=admin(place), tenant=place.tenant, uids=place.uids(devices), query="", now=utc_now()
    ).uid


def worked(place: Place, run: BulkRow) -> BulkRow:
    work_off(tenant=place.tenant, run=run.id, clock=utc_now)
    return get_bulk(actor=place.actor, tenant=place.tenant, uid=run.uid)


def plans(place: Place) -> list[str]:
    with tenant_scope([place.tenant]):
        return list(Device.objects.order_by("id").values_list("plan", flat=True))


def standing(place: Place) -> Licensing:
    return get_licensing(actor=admin(place), tenant=place.tenant, today=utc_now().date())


def kept(place: Place) -> LicenceState:
    return get_tenant_by_id(place.tenant).licence


def seats(place: Place) -> list[tuple[str, int, int]]:
    return [(one.plan.code, one.seats, one.used) for one in standing(place).seats]


def test_l3_the_surplus_moves_to_the_plan_of_a_new_key_and_back(place: Place) -> None:
    now = utc_now()
    devices = place.add(4)
    for number, device in enumerate(devices):
        with tenant_scope([place.tenant]):
            created = now - timedelta(days=number)
            Device.objects.filter(id=device).update(created_at=created)
    add(place.cast, key(place.cast.acme, seats=2, days=4000))
    assert kept(place) is LicenceState.OVERENROLLED
    with pytest.raises(PlanWithoutKey):
        move_to_plan(actor=admin(place), tenant=place.tenant, plan="PREMIUM", now=now)
    add(place.cast, key(place.cast.acme, seats=3, plan="PREMIUM", days=4000))
    run = move_to_plan(actor=admin(place), tenant=place.tenant, plan="PREMIUM", now=now)
    assert worked(place, run).counts.done == 2
    # What was added last.
    assert plans(place) == ["PREMIUM", "PREMIUM", "", ""]
    assert seats(place) == [("STANDARD", 2, 2), ("PREMIUM", 3, 2)]
    assert (standing(place).state, kept(place)) == (LicenceState.OK, LicenceState.OK)
    with pytest.raises(NothingSelected):
        move_to_plan(actor=admin(place), tenant=place.tenant, plan="PREMIUM", now=now)
    back = undo_bulk(actor=admin(place), tenant=place.tenant, uid=run.uid, now=now)
    assert worked(place, back).counts.done == 2
    assert plans(place) == [""] * 4
    assert kept(place) is LicenceState.OVERENROLLED
    run = move_to_plan(
        actor=admin(place), tenant=place.tenant, plan="PREMIUM", now=now, moves_all=True
    )
    assert worked(place, run).counts.done == 4
    assert seats(place) == [("STANDARD", 2, 0), ("PREMIUM", 3, 4)]
    with tenant_scope([place.tenant]):
        told = Entry.objects.filter(verb="device.edited").values_list("details", flat=True)
        assert {tuple(one["fields"]) for one in told} == {("plan",)}


def test_l3_a_plan_takes_the_right_to_licences_and_a_live_key(place: Place) -> None:
    now = utc_now()
    one, two = place.add(2)
    for plan in ("PREMIUM", "NONE"):
        with pytest.raises(PlanWithoutKey):
            give(place, plan, one)
    assert list_plans_to_give(actor=admin(place), tenant=place.tenant, today=now.date()) == []
    premium = add(place.cast, key(place.cast.acme, plan="PREMIUM", days=4000))
    given = list_plans_to_give(actor=admin(place), tenant=place.tenant, today=now.date())
    assert [plan.code for plan in given] == ["PREMIUM"]
    with pytest.raises(Forbidden):
        place.run(BulkKind.EDIT, {"plan": "PREMIUM"})
    run = give(place, "PREMIUM", one)
    assert plans(place) == ["PREMIUM", ""]
    with pytest.raises(Forbidden):
        place.undo(run)
    assert give(place, None, one).counts.done == 1
    assert plans(place) == ["", ""]
    # Rights are looked at again by whoever works it off.
    late = start_bulk(
        actor=admin(place),
        tenant=place.tenant,
        kind=BulkKind.EDIT,
        selection=chosen(place, two),
        params={"plan": "PREMIUM"},
        now=now,
    )
    Membership.objects.filter(user=place.cast.admin.id).update(role="DEVICE_ADMIN")
    ended = worked(place, late)
    assert (ended.state, plans(place)) == (BulkState.FAILED, ["", ""])
    assert ended.problem is not None
    assert ended.problem.code == "bulk_right_lost"
    Membership.objects.filter(user=place.cast.admin.id).update(role="IT_ADMIN")
    which = {"actor": admin(place), "tenant": place.tenant, "now": now}
    remove_licence(**which, uid=premium.uid)
    with pytest.raises(PlanWithoutKey):
        give(place, "PREMIUM", two)


def test_l3_the_plan_of_one_device_is_changed_and_undone(place: Place) -> None:
    now = utc_now()
    which = {"tenant": place.tenant, "now": now}
    add(place.cast, key(place.cast.acme, plan="PREMIUM", seats=1, days=4000))
    uid = add_device(**which, actor=place.actor, device=DELL, origin=Origin.MANUAL)
    with pytest.raises(Forbidden):
        change_device(**which, actor=place.actor, uid=uid, changes={"plan": "PREMIUM"})
    with pytest.raises(PlanWithoutKey):
        change_device(**which, actor=admin(place), uid=uid, changes={"plan": "STANDARD"})
    assert change_device(**which, actor=admin(place), uid=uid, changes={"plan": "PREMIUM"})
    assert plans(place) == ["PREMIUM"]
    # Others change its other fields all the same.
    assert change_device(**which, actor=place.actor, uid=uid, changes={"name": "PC"})
    assert change_device(**which, actor=admin(place), uid=uid, changes={"plan": ""})
    with tenant_scope([place.tenant]):
        Device.objects.update(plan="PREMIUM", is_active=False)
    assert add_device(**which, actor=place.actor, device=DELL, origin=Origin.MANUAL) == uid
    assert plans(place) == ["PREMIUM"]


def test_one_change_of_a_plan_is_taken_back(place: Place) -> None:
    now = utc_now()
    (device,) = place.add(1)
    (uid,) = place.uids([device])
    add(place.cast, key(place.cast.acme, plan="PREMIUM", seats=1, days=4000))
    which = {"tenant": place.tenant, "now": now, "uid": uid}
    actor = replace(admin(place), request_id="plan-1")
    assert change_device(**which, actor=actor, changes={"plan": "PREMIUM"})
    undo_change(**which, actor=admin(place), reference="plan-1")
    assert plans(place) == [""]
