"""Deleting devices, which makes them inactive (E10), and bringing them back.

A deleted device stays findable (E11); its answers and its history stay with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions import effects
from fleetward.devices.actions.selections import digest_of, locked_ids
from fleetward.devices.contracts import MOST_AT_ONCE, Deletion, TooManyDevices
from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, NotFound
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.tenancy.licences.queries import require_licence
from fleetward.tenancy.queries import get_tenant_by_id


@use_case
def delete_devices(
    *,
    actor: Actor,
    tenant: int,
    uids: Sequence[uuid.UUID],
    now: datetime,
    seen: datetime | None = None,
) -> Deletion:
    """Make active devices inactive; the actor is told, with the way back.

    `seen`: when they had changed last as the actor saw them; None deletes whatever they have.

    Raises: NotFound when none of them is there, Forbidden, TooManyDevices, ChangedMeanwhile.
    Audit: device.deleted, one entry for all.   Repeat: what is inactive stays so, NotFound.
    """
    require(actor, Capability.DELETE_DEVICES, tenant=tenant)
    number = _switch(
        actor, tenant, uids, now, Capability.DELETE_DEVICES, to_active=False, seen=seen
    )
    _audit(actor, tenant, Verb.DEVICES_DELETED, uids, number, now)
    if actor.user_id is not None:
        customer_id = get_tenant_by_id(tenant).customer_id
        post(
            tenant=tenant,
            users=[actor.user_id],
            kind=Kind.DEVICES_DELETED,
            key=f"deleted:{actor.request_id}:{digest_of(uids)[:16]}",
            params={"count": number},
            link=f"/t/{customer_id}/devices/deleted/{actor.request_id}/",
            now=now,
        )
    return Deletion(actor.request_id, number)


@use_case
def restore_devices(*, actor: Actor, tenant: int, uids: Sequence[uuid.UUID], now: datetime) -> int:
    """Make inactive devices active again; returns how many.

    Raises: NotFound when none of them is there, Forbidden, LicenceSuspended, TooManyDevices.
    Audit: device.restored, one entry for all.
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    require_licence(tenant=tenant, today=now.date())
    number = _switch(actor, tenant, uids, now, Capability.EDIT_DEVICES, to_active=True)
    _audit(actor, tenant, Verb.DEVICES_RESTORED, uids, number, now)
    return number


@use_case
def undo_deletion(*, actor: Actor, tenant: int, reference: str, now: datetime) -> int:
    """Restore what one request deleted and what nobody touched since; returns how many.

    Raises: NotFound when nothing is left to restore, Forbidden, LicenceSuspended.
    Audit: device.restored
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    seen = scope(actor, Capability.EDIT_DEVICES)
    params = seen.params(tenant) | {"reference": reference}
    rows = sql.fetch("devices", "list_deleted", params) if reference else []
    return restore_devices(actor=actor, tenant=tenant, uids=[uid for uid, *_ in rows], now=now)


def _switch(
    actor: Actor,
    tenant: int,
    uids: Sequence[uuid.UUID],
    now: datetime,
    capability: Capability,
    *,
    to_active: bool,
    seen: datetime | None = None,
) -> int:
    if len(uids) > MOST_AT_ONCE:
        raise TooManyDevices
    held = locked_ids(actor, tenant, uids, capability)
    if seen is not None:
        active = Device.objects.filter(id__in=held, is_active=True)
        if active.exclude(updated_at=seen).exists():
            raise ChangedMeanwhile
    effects.prepare()
    params = {
        "tenant": tenant,
        "ids": held,
        "to_active": to_active,
        "actor": actor.name,
        "on_behalf": actor.on_behalf_of,
        "request_id": actor.request_id,
        "run": None,
        "now": now,
    }
    number = sql.execute("devices", "close_devices", params)
    if not number:
        raise NotFound
    effects.apply_effects(tenant=tenant)
    return number


def _audit(
    actor: Actor, tenant: int, verb: Verb, uids: Sequence[uuid.UUID], number: int, now: datetime
) -> None:
    subject = f"device:{uids[0]}" if len(uids) == 1 else ""
    # The rows themselves are the history of each device (hardening 7).
    details = {"devices": number, "digest": digest_of(uids)}
    record(actor=actor, verb=verb, tenant=tenant, subject=subject, details=details, now=now)
