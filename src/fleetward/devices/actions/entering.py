"""Adding and changing one device by hand or by a program (E1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import effects
from fleetward.devices.actions.cleaning import as_known, cleaned, lock_known
from fleetward.devices.actions.selections import locked_ids
from fleetward.devices.contracts import (
    FIELDS,
    ChangeKind,
    DeviceInput,
    DuplicateDevice,
    Origin,
)
from fleetward.devices.models import Change, Device
from fleetward.infra import sql
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, NotFound
from fleetward.tenancy.licences.actions import follow_plans
from fleetward.tenancy.licences.queries import require_licence, require_plan

IDENTITY_CONSTRAINT = "devices_device_identity"


@use_case
def add_device(
    *, actor: Actor, tenant: int, device: DeviceInput, origin: Origin, now: datetime
) -> uuid.UUID:
    """Add a device; one that was deleted before comes back with the values given.

    Raises: NotFound, Forbidden, LicenceSuspended, BadDevice, PlanWithoutKey, DuplicateDevice.
    Audit: device.added
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    given = cleaned(device)
    _check_plan(actor, tenant, "", given.plan, now)
    known = lock_known(tenant, given)
    change = "NEW"
    if known is None:
        row = Device(
            tenant_id=tenant, origin=origin, created_at=now, updated_at=now, **asdict(given)
        )
        with _known_identity(given):
            row.save(force_insert=True)
        _write_history(row, ChangeKind.CREATED, actor, {}, now)
    elif known.is_active:
        raise DuplicateDevice(known.serial, known.manufacturer, known.product_number)
    else:
        row = known
        # Its plan is kept: not everybody who adds devices may give one.
        given = replace(as_known(given, row), plan=given.plan or row.plan)
        changes = _changes(row, given)
        change = effects.change_of(changes, was_active=False)
        _store(row, given, now, is_active=True)
        _write_history(row, ChangeKind.RESTORED, actor, changes, now)
    _tell_effects(tenant, row.id, change)
    details = {"manufacturer": given.manufacturer, "serial": given.serial, "origin": str(origin)}
    subject = f"device:{row.uid}"
    record(
        actor=actor,
        verb=Verb.DEVICE_ADDED,
        tenant=tenant,
        subject=subject,
        details=details,
        now=now,
    )
    return row.uid


@use_case
def change_device(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    changes: Mapping[str, str | bool | date | None],
    now: datetime,
    seen: datetime | None = None,
) -> bool:
    """Change fields of an active device; False when they are all as before.

    `seen`: when the device had changed last as the actor saw it; None overwrites whatever it has.

    A changed identity makes earlier answers another machine's (W17), and another country is asked
    about anew; `warranty` follows.

    Another plan takes the right to licences as well, and a live key of it (L3).

    Raises: NotFound, Forbidden, BadDevice, PlanWithoutKey, DuplicateDevice, ChangedMeanwhile.
    Audit: device.changed
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    row = Device.objects.filter(
        id__in=locked_ids(actor, tenant, [uid], Capability.EDIT_DEVICES), is_active=True
    ).first()
    if row is None:
        raise NotFound
    if seen not in (None, row.updated_at):
        raise ChangedMeanwhile
    before = DeviceInput(**{name: getattr(row, name) for name in FIELDS})
    given = cleaned(replace(before, **changes), before=before)  # type: ignore[arg-type]
    _check_plan(actor, tenant, row.plan, given.plan, now)
    differences = _changes(row, given)
    if not differences:
        return False
    _store(row, given, now)
    _write_history(row, ChangeKind.CHANGED, actor, differences, now)
    if change := effects.change_of(differences):
        _tell_effects(tenant, row.id, change)
    record(
        actor=actor,
        verb=Verb.DEVICE_CHANGED,
        tenant=tenant,
        subject=f"device:{uid}",
        # Names only: values may be personal, and stand in the device's own history.
        details={"fields": sorted(differences)},
        now=now,
    )
    if "plan" in differences:
        follow_plans(tenant=tenant, now=now)
    return True


@use_case
def undo_change(
    *, actor: Actor, tenant: int, uid: uuid.UUID, reference: str, now: datetime
) -> None:
    """Put back what one request changed of an active device, if nothing has changed it since.

    Raises: NotFound, Forbidden, BadDevice, PlanWithoutKey, DuplicateDevice, ChangedMeanwhile, also
    when it was undone already.   Audit: device.changed
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    change = (
        Change.objects.filter(
            device_id__in=locked_ids(actor, tenant, [uid], Capability.EDIT_DEVICES),
            request_id=reference,
            kind=ChangeKind.CHANGED,
        )
        # What an agent vouched for is not undone by hand.
        .exclude(fields__has_key="enrolled")
        .order_by("-id")
        .first()
    )
    if change is None:
        raise NotFound
    before = {name: _typed(name, pair["before"]) for name, pair in change.fields.items()}
    change_device(actor=actor, tenant=tenant, uid=uid, changes=before, now=now, seen=change.at)


def _check_plan(actor: Actor, tenant: int, before: str, after: str, now: datetime) -> None:
    """Raises: Forbidden, PlanWithoutKey."""
    if before != after:
        require_plan(actor=actor, tenant=tenant, plan=after, today=now.date())


def _typed(name: str, plain: Any) -> Any:
    """A value of the history as the device had it."""
    return date.fromisoformat(plain) if name == "purchased_on" and plain else plain


def _changes(row: Device, given: DeviceInput) -> dict[str, dict[str, object]]:
    return {
        name: {"before": _plain(getattr(row, name)), "after": _plain(getattr(given, name))}
        for name in FIELDS
        if getattr(row, name) != getattr(given, name)
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _store(row: Device, given: DeviceInput, now: datetime, *, is_active: bool = True) -> None:
    for name in FIELDS:
        setattr(row, name, getattr(given, name))
    row.is_active, row.archived_on, row.updated_at = is_active, None, now
    with _known_identity(given):
        row.save(update_fields=[*FIELDS, "is_active", "archived_on", "updated_at"])


def _known_identity(given: DeviceInput) -> AbstractContextManager[None]:
    taken = DuplicateDevice(given.serial, given.manufacturer, given.product_number)
    return constrained(IDENTITY_CONSTRAINT, taken)


def _write_history(
    row: Device,
    kind: ChangeKind,
    actor: Actor,
    fields: Mapping[str, Mapping[str, object]],
    now: datetime,
) -> None:
    Change.objects.create(
        tenant_id=row.tenant_id,
        device_id=row.id,
        at=now,
        actor=actor.name,
        on_behalf=actor.on_behalf_of,
        kind=kind,
        fields=dict(fields),
        request_id=actor.request_id,
    )


def _tell_effects(tenant: int, device: int, change: str) -> None:
    effects.prepare()
    sql.execute("devices", "mark_written", {"device": device, "change": change})
    effects.apply_effects(tenant=tenant)
