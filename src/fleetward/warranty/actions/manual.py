"""Hand-entered warranties (W17): they win over what providers say until they are released."""

from __future__ import annotations

from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import note_warranty
from fleetward.infra import sql
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.answers import line_key, lock_coverage, stage_devices
from fleetward.warranty.actions.runs import find_device
from fleetward.warranty.contracts import (
    EndsBeforeStart,
    Entitlement,
    EntitlementKind,
    ManualWarranty,
    NameMissing,
)
from fleetward.warranty.models import Entitlement as Line
from fleetward.warranty.models import IdentityMark
from fleetward.warranty.rules.coverage import MANUAL


@use_case
def enter_warranty(
    *, actor: Actor, tenant: int, device_uid: str, warranty: ManualWarranty, now: datetime
) -> None:
    """Store a hand-entered warranty of a device in place of an earlier one; the last one stands.

    The history of the device tells what it was before.
    Raises: NotFound, Forbidden, NameMissing, EndsBeforeStart.   Audit: warranty.entered
    """
    require(actor, Capability.ENTER_WARRANTY, tenant=tenant)
    device = find_device(scope(actor, Capability.ENTER_WARRANTY), tenant, device_uid)
    line = _line(warranty)
    _hold(tenant, device)
    before = _dropped(tenant, device)
    made = Line.objects.create(
        tenant_id=tenant,
        device_id=device,
        source=MANUAL,
        line_key=line_key(line, False, set()),
        name=line.name,
        kind=line.kind,
        service_level=line.service_level,
        number=line.number,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        is_rolling=line.is_rolling,
        recorded_at=now,
    )
    _recompute(tenant, now)
    after = _told(made)
    note_warranty(actor=actor, tenant=tenant, device=device, before=before, after=after, now=now)
    record(
        actor=actor,
        verb=Verb.WARRANTY_ENTERED,
        tenant=tenant,
        subject=f"device:{device_uid}",
        details={"before": before, "after": after},
        now=now,
    )


@use_case
def release_warranty(*, actor: Actor, tenant: int, device_uid: str, now: datetime) -> None:
    """Drop the hand-entered warranty of a device, so that providers' answers count again.

    The history of the device tells what it was.
    Raises: NotFound, Forbidden.   Audit: warranty.released.   Repeat: does nothing.
    """
    require(actor, Capability.ENTER_WARRANTY, tenant=tenant)
    device = find_device(scope(actor, Capability.ENTER_WARRANTY), tenant, device_uid)
    _hold(tenant, device)
    before = _dropped(tenant, device)
    if not before:
        return
    _recompute(tenant, now)
    after = dict.fromkeys(before)
    note_warranty(actor=actor, tenant=tenant, device=device, before=before, after=after, now=now)
    record(
        actor=actor,
        verb=Verb.WARRANTY_RELEASED,
        tenant=tenant,
        subject=f"device:{device_uid}",
        details={"before": before, "after": after},
        now=now,
    )


def _line(warranty: ManualWarranty) -> Entitlement:
    if not warranty.name.strip():
        raise NameMissing
    starts_on, ends_on = warranty.starts_on, warranty.ends_on
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise EndsBeforeStart
    return Entitlement(
        source=MANUAL,
        code="",
        name=warranty.name.strip()[:300],
        kind=EntitlementKind.CONTRACT,
        starts_on=starts_on,
        ends_on=ends_on,
        service_level=warranty.service_level.strip()[:300],
        number=warranty.number.strip()[:80],
        is_rolling=ends_on is None,
    )


def _dropped(tenant: int, device: int) -> dict[str, object]:
    """Drop the hand-entered line of a device; what it was, or nothing."""
    lines = Line.objects.filter(tenant_id=tenant, device_id=device, source=MANUAL)
    known = lines.order_by("-id").first()
    lines.delete()
    return _told(known) if known else {}


def _told(line: Line) -> dict[str, object]:
    """A line as history and trail keep it."""
    return {
        "name": line.name,
        "service_level": line.service_level,
        "number": line.number,
        "starts_on": line.starts_on.isoformat() if line.starts_on else None,
        "ends_on": line.ends_on.isoformat() if line.ends_on else None,
        "is_rolling": line.is_rolling or None,
    }


def _hold(tenant: int, device: int) -> None:
    """Let nobody else change what is known of the device until the transaction ends.

    Raises: NotFound, if it was deleted a moment ago.
    """
    # Without the mark, somebody who gives the device another identity could replace the row of
    # coverage that we wait for, and we would hold none.
    IdentityMark.objects.get_or_create(tenant_id=tenant)
    sql.fetch("warranty", "lock_mark", {"tenant": tenant})
    stage_devices([device])
    if not lock_coverage(tenant):
        raise NotFound


def _recompute(tenant: int, now: datetime) -> None:
    sql.execute("warranty", "recompute_coverage", {"tenant": tenant, "now": now})
