"""What a tenant still sees of the devices that it gave away, and nobody else (X10)."""

from __future__ import annotations

import uuid

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.contracts import ChangeRow, DepartureRow, Sealed
from fleetward.devices.queries.history import change_of_row
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import LARGEST_ID, Page, decode_id, page_of

SEALED_FIELDS = ("assigned_user", "location", "asset_tag")


@scoped
def list_departures(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 100
) -> Page[DepartureRow]:
    """The devices that a tenant gave away, the latest first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    params = _door(actor, tenant) | {"below": _below(cursor), "most": limit + 1}
    rows = sql.fetch("devices", "list_departures", params)
    return page_of(rows, limit, lambda row: row[0], lambda row: DepartureRow(*row))


@scoped
def get_departure(*, actor: Actor, tenant: int, uid: uuid.UUID) -> Sealed:
    """The latest departure of a device, with what is sealed of it. Raises: NotFound, Forbidden."""
    rows = sql.fetch("devices", "find_departure", _door(actor, tenant) | {"uid": uid})
    if not rows:
        raise NotFound
    *row, user, location, tag, groups = rows[0]
    named = dict(zip(SEALED_FIELDS, (user, location, tag), strict=True))
    return Sealed(DepartureRow(*row), {key: value for key, value in named.items() if value}, groups)


@scoped
def list_departed_changes(
    *, actor: Actor, tenant: int, uid: uuid.UUID, cursor: str | None = None, limit: int = 50
) -> Page[ChangeRow]:
    """The history of such a device as it was written in this tenant, the latest first.

    Raises: NotFound, Forbidden, BadCursor.
    """
    params = _door(actor, tenant) | {"uid": uid, "below": _below(cursor), "most": limit + 1}
    rows = sql.fetch("devices", "list_departed_changes", params)
    return page_of(rows, limit, lambda row: row[0], change_of_row)


def _below(cursor: str | None) -> int:
    return decode_id(cursor) if cursor else LARGEST_ID


def _door(actor: Actor, tenant: int) -> dict[str, object]:
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    return scope(actor, Capability.SEE_DEVICES).params(tenant)
