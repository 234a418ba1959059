"""A machine that a tenant's partner holds for nobody moves into the tenant that enrols it (E7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions.cleaning import cleaned
from fleetward.devices.actions.moving import reassign_devices
from fleetward.devices.actions.stock import Stock
from fleetward.devices.contracts import BadDevice, DeviceInput, Move
from fleetward.devices.models import Device
from fleetward.kernel.actor import Actor, system_actor
from fleetward.tenancy.queries import get_tenant_by_id, hold_managed
from fleetward.tenancy.queries.destinations import find_holding_of


@use_case
def claim_device(*, actor: Actor, tenant: int, device: DeviceInput, now: datetime) -> None:
    """Bring a machine that is about to be enrolled out of the holding tenant of the partner that
    the tenant has accepted, where it is there. Nothing tells the tenant whence it came.

    Whoever moves it elsewhere at the same moment is first, or finds it gone.

    Raises: NotFound, Forbidden, BadDevice.   Audit: device.claimed, at the partner and where it was
    Repeat: moves nothing, for the device is in the tenant.
    """
    require(actor, Capability.ENROL_DEVICES, tenant=tenant)
    given, holding = cleaned(device), find_holding_of(tenant)
    if holding is None:
        return
    assert holding.owner is not None
    mover = replace(
        system_actor(actor.name, tenant, holding.owner, holding.id),
        request_id=actor.request_id,
        address=actor.address,
    )
    _claim(
        actor=mover, partner=holding.owner, move=Move(holding.id, tenant, uuid4(), now), of=given
    )


@use_case
def _claim(*, actor: Actor, partner: int, move: Move, of: DeviceInput) -> None:
    """Whoever ends the relation waits for this, or is first and nothing moves."""
    found = _find(move.source, of)
    if found is None or not hold_managed(partner=partner, customer=move.target):
        return
    if not reassign_devices(actor=actor, move=move, devices=[found.id]):
        return
    details = {
        "manufacturer": found.manufacturer,
        "serial": found.serial,
        "customer": get_tenant_by_id(move.target).customer_id,
    }
    for tenant in (partner, move.source):
        record(
            actor=actor,
            verb=Verb.DEVICE_CLAIMED,
            tenant=tenant,
            subject=f"device:{found.uid}",
            details=details,
            now=move.at,
        )


def _find(holding: int, given: DeviceInput) -> Device | None:
    """What is held there and is meant; that several might be is nobody's fault who enrols one."""
    held = Device.objects.filter(
        tenant_id=holding, serial=given.serial, has_custody=True, is_active=True
    )
    try:
        found = Stock(list(held.order_by("id"))).named(given)
    except BadDevice:
        return None
    return found.row if found else None
