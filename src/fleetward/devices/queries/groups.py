"""Groups of a tenant (E13). Which devices are in them is asked of the device list, by `groups`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.devices.contracts import MOST_GROUPS, GroupKind, GroupRow
from fleetward.devices.models import Group
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import BadCursor, Page, decode_cursor, placed_page


@scoped
def list_groups(
    *, actor: Actor, tenant: int, uids: Sequence[uuid.UUID] | None = None
) -> list[GroupRow]:
    """The groups of a tenant by name, or those of `uids`. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    groups = Group.objects.filter(tenant_id=tenant)
    if uids is not None:
        groups = groups.filter(uid__in=list(uids))
    return [group_row(group) for group in groups.order_by("name_key")[:MOST_GROUPS]]


@scoped
def page_groups(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int = 50
) -> Page[GroupRow]:
    """A page of the groups of a tenant, by name. Raises: NotFound, Forbidden, BadCursor."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    groups = Group.objects.filter(tenant_id=tenant).order_by("name_key")
    if cursor:
        groups = groups.filter(name_key__gt=_name_in(cursor))
    found = groups[: limit + 1]
    return placed_page([([group.name_key], group_row(group)) for group in found], limit)


def _name_in(cursor: str) -> str:
    [name] = decode_cursor(cursor, 1)
    if not isinstance(name, str):
        raise BadCursor
    return name


@scoped
def get_group(*, actor: Actor, tenant: int, uid: uuid.UUID) -> GroupRow:
    """One group. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    found = Group.objects.filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    return group_row(found)


@scoped
def list_groups_of(*, actor: Actor, tenant: int, device: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """The static groups that a device is in: id and name. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    params = scope(actor, Capability.SEE_DEVICES).params(tenant) | {"device": device}
    rows = sql.fetch("devices", "list_groups_of", params)
    return [(uid, name) for uid, name in rows]


@scoped
def count_members(
    *, actor: Actor, tenant: int, uids: Sequence[uuid.UUID], most: int
) -> dict[uuid.UUID, int]:
    """How many active devices are in each static group, at most so many. Raises: NotFound."""
    require(actor, Capability.SEE_DEVICES, tenant=tenant)
    door = scope(actor, Capability.SEE_DEVICES).params(tenant)
    params = door | {"groups": list(uids), "most": most}
    return dict(sql.fetch("devices", "count_members", params))


def group_row(group: Group) -> GroupRow:
    return GroupRow(
        uid=group.uid,
        kind=GroupKind(group.kind),
        name=group.name,
        description=group.description,
        query=group.query,
        created_at=group.created_at,
        updated_at=group.updated_at,
    )
