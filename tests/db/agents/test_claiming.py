"""Enrolling what the tenant's own partner holds for nobody moves it there (E7); all else waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetward.agents.actions import register_machines, release_waiting
from fleetward.agents.actions.pins import make_pin
from fleetward.agents.contracts import EnrolmentState, Machine, PinKind
from fleetward.audit.models import Entry
from fleetward.devices.actions import claiming
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.models import Relation
from tests.cast import NOW, add_devices, make_tenant, manage
from tests.db.agents.machines import LATITUDE, Site, site
from tests.db.transfers.desk import hold_for

pytestmark = pytest.mark.django_db


def put(tenant: TenantRow, serial: str = LATITUDE.serial, **fields: object) -> int:
    """The machine as a feed has brought it."""
    known = {"model": "From the feed", "location": "Depot"} | fields
    (device,) = add_devices(tenant.id, 1, **known)
    change(tenant, device, serial=serial, origin="RESALE_FEED")
    # On its own: another identity in the same statement would give it up again.
    change(tenant, device, has_custody=True)
    return device


def change(tenant: TenantRow, device: int, **fields: object) -> None:
    with tenant_scope([tenant.id]):
        Device.objects.filter(id=device).update(**fields)


def held(state: str = "ACCEPTED") -> tuple[Site, TenantRow, TenantRow]:
    """A customer with a PIN, its partner, and what that holds for nobody."""
    partner = make_tenant("Reseller", kind="PARTNER")
    customer = make_tenant("Acme")
    manage(customer, partner, state)
    return site(customer), partner, hold_for(partner)


def trail(tenant: TenantRow) -> list[Entry]:
    with tenant_scope([tenant.id]):
        found = Entry.objects.filter(tenant_id=tenant.id, verb__startswith="device.")
        return list(found.order_by("id"))


def count(tenant: TenantRow) -> int:
    with tenant_scope([tenant.id]):
        return Device.objects.filter(tenant_id=tenant.id).count()


def test_e7_what_the_own_partner_holds_moves_and_is_enrolled() -> None:
    ours, partner, holding = held()
    device = put(holding)
    (listed,) = add_devices(ours.tenant.id, 1, asset_tag="A-1")
    change(ours.tenant, listed, serial=LATITUDE.serial)
    enrolled = ours.enrol()
    found = ours.device()
    assert (enrolled.state, enrolled.device) == (EnrolmentState.ENROLLED, found.uid)
    assert (found.id, found.origin, found.has_custody) == (device, "RESALE_FEED", True)
    # What the tenant listed is its own; what the partner had noted does not travel.
    assert (found.asset_tag, found.location, found.model) == ("A-1", "", "Latitude 5440")
    assert (found.enrolled_at, count(holding)) == (NOW, 0)
    for tenant in (partner, holding):
        (entry,) = trail(tenant)
        told = {"manufacturer": "Dell", "serial": LATITUDE.serial}
        assert entry.verb == "device.claimed"
        assert entry.details == told | {"customer": ours.tenant.customer_id}
        assert (entry.request_id, entry.actor) == ("agent-request", "Enrolment by agent")
    (entry,) = trail(ours.tenant)
    assert entry.verb == "device.enrolled"
    for word in (partner.name, partner.customer_id, holding.customer_id):
        assert word not in str(entry.details)
    assert ours.enrol().device == found.uid


@pytest.mark.parametrize("where", ["rival", "pending", "customer"])
def test_t11_what_anybody_else_holds_stays_there(where: str) -> None:
    ours, partner, holding = held("PENDING" if where == "pending" else "ACCEPTED")
    if where == "rival":
        holding = hold_for(make_tenant("Rival", kind="PARTNER"))
    if where == "customer":
        manage(holding := make_tenant("Globex"), partner)
    put(holding)
    assert ours.enrol().state is EnrolmentState.HELD
    assert (count(ours.tenant), count(holding), trail(partner)) == (0, 1, [])


def test_what_is_not_held_or_not_meant_stays_there() -> None:
    ours, _, holding = held()
    change(holding, put(holding), has_custody=False)
    assert ours.enrol().state is EnrolmentState.ENROLLED
    assert (count(ours.tenant), count(holding)) == (1, 1)
    # Two that might be meant: nobody guesses.
    other = replace(LATITUDE, serial="7YH2QL3")
    for number in ("B", "C"):
        put(holding, other.serial, product_number=number)
    assert ours.enrol(other).state is EnrolmentState.ENROLLED
    assert (count(ours.tenant), count(holding)) == (2, 3)


def test_e8_a_registered_machine_moves_without_pin() -> None:
    ours, _, holding = held()
    put(holding)
    actor = system_actor("Tests", ours.tenant.id)
    machines = {1: Machine("Dell", LATITUDE.serial)}
    register_machines(actor=actor, tenant=ours.tenant.id, machines=machines, now=NOW)
    key = make_pin(actor=actor, tenant=ours.tenant.id, now=NOW, kind=PinKind.ZERO_TOUCH)
    assert ours.enrol(pin=key.pin).state is EnrolmentState.ENROLLED
    assert count(holding) == 0


def test_a_machine_that_waits_moves_once_the_partner_is_accepted() -> None:
    ours, partner, holding = held("PENDING")
    put(holding)
    waiting = ours.enrol()
    assert waiting.state is EnrolmentState.HELD
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 0
    Relation.objects.update(state="ACCEPTED")
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 1
    assert (count(ours.tenant), count(holding)) == (1, 0)
    assert [entry.verb for entry in trail(partner)] == ["device.claimed"]


def test_a_relation_that_ends_meanwhile_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _, holding = held()
    put(holding)
    monkeypatch.setattr(claiming, "hold_managed", lambda **_: False)
    assert ours.enrol().state is EnrolmentState.HELD
    assert count(holding) == 1
