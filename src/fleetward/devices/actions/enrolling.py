"""An agent vouches for a machine, which its tenant then holds (E3, T10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import effects
from fleetward.devices.actions.cleaning import cleaned
from fleetward.devices.actions.entering import IDENTITY_CONSTRAINT
from fleetward.devices.actions.stock import Held, Stock, values_of
from fleetward.devices.contracts import (
    ChangeKind,
    DeviceInput,
    DevicesOvertaken,
    EnrolledDevice,
    HeldElsewhere,
    Origin,
)
from fleetward.devices.models import Change, Device
from fleetward.devices.rules import agreed_maker
from fleetward.infra import sql
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor

CUSTODY_CONSTRAINT = "devices_device_custody"
MOST_TURNS = 3
# What the machine itself knows better than any list.
TOLD = ("name", "model", "product_number")
ENROLLED = "enrolled"


@use_case
def enrol_device(
    *, actor: Actor, tenant: int, device: DeviceInput, now: datetime
) -> EnrolledDevice:
    """Let a tenant hold a machine: a listed one, one that comes back, or a new one (E3).

    What the machine tells of itself counts; what only a list can know stays.

    Raises: NotFound, Forbidden, BadDevice, HeldElsewhere (nothing is kept then), DevicesOvertaken.
    Audit: device.enrolled   Repeat: the same machine is enrolled anew, and not doubled.
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    given = cleaned(device)
    with constrained(CUSTODY_CONSTRAINT, HeldElsewhere()):
        held, is_new = _settled(actor, tenant, given, now, MOST_TURNS)
    assert held.id is not None
    record(
        actor=actor,
        verb=Verb.DEVICE_ENROLLED,
        tenant=tenant,
        subject=f"device:{held.uid}",
        details={"manufacturer": held.wanted.manufacturer, "serial": held.wanted.serial},
        now=now,
    )
    return EnrolledDevice(held.id, held.uid, is_new)


def _settled(
    actor: Actor, tenant: int, given: DeviceInput, now: datetime, turns: int
) -> tuple[Held, bool]:
    """Raises: DevicesOvertaken, if somebody else added the device first each time."""
    try:
        with constrained(IDENTITY_CONSTRAINT, DevicesOvertaken()):
            return _stored(actor, tenant, given, now)
    except DevicesOvertaken:
        if turns == 1:
            raise
    return _settled(actor, tenant, given, now, turns - 1)


def _stored(actor: Actor, tenant: int, given: DeviceInput, now: datetime) -> tuple[Held, bool]:
    same = Device.objects.select_for_update().filter(tenant_id=tenant, serial=given.serial)
    stock = Stock(list(same.order_by("id")))
    held = stock.named(given)
    is_new = held is None
    if held is None:
        held, change = _added(actor, tenant, stock.new(given), now)
    else:
        stock.take(held, _wanted(held.wanted, given))
        change = _changed(actor, tenant, held, now)
    # On its own: another identity in the same statement would give the machine up again.
    Device.objects.filter(tenant_id=tenant, uid=held.uid).update(has_custody=True, enrolled_at=now)
    effects.prepare()
    if change:
        sql.execute("devices", "mark_written", {"device": held.id, "change": change})
    effects.apply_effects(tenant=tenant)
    return held, is_new


def _wanted(kept: DeviceInput, given: DeviceInput) -> DeviceInput:
    told = {name: getattr(given, name) for name in TOLD if getattr(given, name)}
    maker = agreed_maker(given.manufacturer, kept.manufacturer)
    return replace(kept, **told, manufacturer=maker, is_virtual=kept.is_virtual or given.is_virtual)


def _added(actor: Actor, tenant: int, held: Held, now: datetime) -> tuple[Held, str]:
    row = Device(
        uid=held.uid,
        tenant_id=tenant,
        origin=Origin.AGENT,
        created_at=now,
        updated_at=now,
        **values_of(held.wanted),
    )
    row.save(force_insert=True)
    held.row = row
    _tell(actor, row, ChangeKind.CREATED, {}, now)
    return held, "NEW"


def _changed(actor: Actor, tenant: int, held: Held, now: datetime) -> str:
    """Write what differs, with its history; what others must follow."""
    row = held.row
    assert row is not None
    differences, was_active, was_enrolled = held.differences, row.is_active, row.has_custody
    for name, value in values_of(held.wanted).items():
        setattr(row, name, value)
    row.is_active, row.archived_on = True, None
    if not (was_active and was_enrolled and not differences):
        row.updated_at = now
        marked = differences | {ENROLLED: {"before": was_enrolled, "after": True}}
        kind = ChangeKind.CHANGED if was_active else ChangeKind.RESTORED
        _tell(actor, row, kind, differences if was_enrolled else marked, now)
    row.save(update_fields=[*values_of(held.wanted), "is_active", "archived_on", "updated_at"])
    change = effects.change_of(differences, was_active=was_active)
    # Whether a vendor can be asked may hang on that (E2).
    return change or ("" if was_enrolled else "QUESTION")


def _tell(
    actor: Actor, row: Device, kind: ChangeKind, fields: dict[str, dict[str, object]], now: datetime
) -> None:
    Change.objects.create(
        tenant_id=row.tenant_id,
        device_id=row.id,
        at=now,
        actor=actor.name,
        on_behalf=actor.on_behalf_of,
        kind=kind,
        fields=fields,
        request_id=actor.request_id,
    )
