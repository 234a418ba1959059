"""The history of a device, what one request deleted, what devices are called, and which has an
identity.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.contracts import ChangeKind, ChangeRow
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import LARGEST_ID, Page, decode_id, page_of


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """One device of a deletion."""

    uid: uuid.UUID
    manufacturer: str
    serial: str
    name: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class NamedDevice:
    """What a device is called."""

    uid: uuid.UUID
    name: str
    manufacturer: str
    serial: str


@scoped
def list_changes(
    *, actor: Actor, tenant: int, uid: uuid.UUID, cursor: str | None = None, limit: int = 50
) -> Page[ChangeRow]:
    """The history of a device, latest first, its beginning included, also where a list added it.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    below = decode_id(cursor) if cursor else LARGEST_ID
    params = _door(actor, tenant) | {"uid": uid, "below": below, "most": limit + 1}
    return page_of(
        sql.fetch("devices", "list_changes", params), limit, lambda row: row[0], change_of_row
    )


def change_of_row(row: tuple[Any, ...]) -> ChangeRow:
    """An entry as statements give it, its place first."""
    _, kind, at, who, fields, import_uid, bulk_uid, on_behalf, request_id, origin = row
    return ChangeRow(
        ChangeKind(kind),
        at,
        who,
        {name: (p["before"], p["after"]) for name, p in json.loads(fields).items()},
        import_uid=str(import_uid or ""),
        bulk_uid=str(bulk_uid or ""),
        on_behalf=on_behalf,
        request_id=request_id,
        origin=origin,
    )


@scoped
def list_deleted(*, actor: Actor, tenant: int, reference: str) -> list[DeletedRow]:
    """What a request deleted and nobody touched since. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    params = _door(actor, tenant) | {"reference": reference}
    rows = sql.fetch("devices", "list_deleted", params) if reference else []
    return [DeletedRow(*row) for row in rows]


@scoped
def list_named(
    *, actor: Actor, tenant: int, uids: Sequence[uuid.UUID], most: int = 10
) -> list[NamedDevice]:
    """What devices in sight are called, by serial. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    params = _door(actor, tenant) | {"uids": list(uids), "most": most}
    return [NamedDevice(*row) for row in sql.fetch("devices", "list_named", params)]


@scoped
def find_device(
    *, actor: Actor, tenant: int, manufacturer: str, serial: str, product_number: str = ""
) -> uuid.UUID | None:
    """The device of an identity (T10) in a tenant, active or not. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    params = _door(actor, tenant) | {
        "manufacturer": manufacturer,
        "serial": serial,
        "product_number": product_number,
    }
    rows = sql.fetch("devices", "match_identity", params)
    return rows[0][0] if rows else None


def _door(actor: Actor, tenant: int) -> dict[str, object]:
    return scope(actor, Capability.SEE_DEVICES).params(tenant)
