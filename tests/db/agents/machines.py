"""Machines that enrol, in tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from fleetward.agents.actions import enrol, make_pin
from fleetward.agents.contracts import Ask, Enrolment, Machine, PinTerms
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.contracts import TenantRow
from tests.cast import NOW

LATITUDE = Machine(
    "Dell Inc.", "5XK2QL3", model="Latitude 5440", name="PC-1", domain="acme.example"
)
ADDRESS = "198.51.100.7"
_number = itertools.count(1)


def new_key() -> str:
    return f"a-key-of-a-machine-{next(_number):06d}"


@dataclass(frozen=True)
class Site:
    """A tenant with a PIN."""

    tenant: TenantRow
    pin: str

    def enrol(self, machine: Machine = LATITUDE, *, key: str = "", pin: str = "") -> Enrolment:
        ask = Ask(pin or self.pin, key or new_key(), machine, ADDRESS, "agent-request")
        return enrol(ask=ask, now=NOW)

    def devices(self) -> list[Device]:
        with tenant_scope([self.tenant.id]):
            return list(Device.objects.order_by("id"))

    def device(self) -> Device:
        (only,) = self.devices()
        return only


def site(tenant: TenantRow, terms: PinTerms | None = None) -> Site:
    """A tenant that has just made a PIN."""
    actor = system_actor("Tests", tenant.id)
    made = make_pin(actor=actor, tenant=tenant.id, terms=terms or PinTerms(), now=NOW)
    return Site(tenant, made.pin)


def another(serial: str) -> Machine:
    return replace(LATITUDE, serial=serial)
