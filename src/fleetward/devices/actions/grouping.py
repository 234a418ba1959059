"""Making, changing and deleting groups (E13). Devices come in and go by `devices.bulk`.

What a filter may hold is not known here: `warranty.actions.grouping` checks it and calls these.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.contracts import (
    GROUP_DESCRIPTION_CHARACTERS,
    GROUP_NAME_CHARACTERS,
    MOST_GROUPS,
    BadGroup,
    GroupExists,
    GroupKind,
    TooManyGroups,
)
from fleetward.devices.models import Group
from fleetward.devices.rules import clean_text
from fleetward.infra import sql
from fleetward.infra.tx import constrained, wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, NotFound
from fleetward.kernel.texts import N_

# Of names as they are without case.
NAME_CONSTRAINT = "devices_group_name"
_COUNT_LOCK = 7_306


@use_case
def make_group(
    *,
    actor: Actor,
    tenant: int,
    name: str,
    description: str = "",
    query: str = "",
    now: datetime,
) -> uuid.UUID:
    """Make an empty static group, or a dynamic one of what a filter leaves.

    Raises: NotFound, Forbidden, BadGroup, GroupExists, TooManyGroups.   Audit: group.created
    """
    require(actor, Capability.MANAGE_GROUPS, tenant=tenant)
    wait_turn(_COUNT_LOCK, tenant)
    if Group.objects.filter(tenant_id=tenant).count() >= MOST_GROUPS:
        raise TooManyGroups
    group = Group(
        tenant_id=tenant,
        kind=GroupKind.DYNAMIC if query else GroupKind.STATIC,
        query=query,
        name=_name(name),
        description=_description(description),
        created_at=now,
        updated_at=now,
    )
    with constrained(NAME_CONSTRAINT, GroupExists(group.name)):
        group.save(force_insert=True)
    details = {"name": group.name, "kind": group.kind}
    _record(actor, Verb.GROUP_CREATED, group, details, now)
    return group.uid


@use_case
def change_group(
    *,
    actor: Actor,
    tenant: int,
    uid: uuid.UUID,
    name: str | None = None,
    description: str | None = None,
    query: str | None = None,
    now: datetime,
    seen: datetime | None = None,
) -> bool:
    """Rename or describe a group, or give a dynamic one another filter; None leaves as it is.

    False when all is as before. `seen`: when it was changed last, as far as the actor knows.

    Raises: NotFound, Forbidden, BadGroup, GroupExists, ChangedMeanwhile.   Audit: group.changed
    """
    group = _locked(actor, tenant, uid, seen)
    given = {
        "name": group.name if name is None else _name(name),
        "description": group.description if description is None else _description(description),
        "query": group.query if query is None else _query(group, query),
    }
    changed = {field: value for field, value in given.items() if getattr(group, field) != value}
    if not changed:
        return False
    details = _told(group, changed)
    for field, value in changed.items():
        setattr(group, field, value)
    group.updated_at = now
    with constrained(NAME_CONSTRAINT, GroupExists(group.name)):
        group.save(update_fields=[*changed, "updated_at"])
    _record(actor, Verb.GROUP_CHANGED, group, details, now)
    return True


def _told(group: Group, changed: Mapping[str, str]) -> dict[str, object]:
    """The words of a filter may be personal; the trail keeps that it was changed."""
    after = {field: value for field, value in changed.items() if field != "query"}
    before = {field: getattr(group, field) for field in after}
    details: dict[str, object] = {"before": before, "after": after} if after else {}
    return details | ({"fields": ["filter"]} if "query" in changed else {})


@use_case
def delete_group(
    *, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime, seen: datetime | None = None
) -> str:
    """Delete a group, and none of its devices; returns its name. `seen` as for a change.

    Raises: NotFound, Forbidden, ChangedMeanwhile.   Audit: group.deleted
    """
    group = _locked(actor, tenant, uid, seen)
    members = sql.execute("devices", "purge_members", {"tenant": tenant, "group": group.id})
    details = {"name": group.name, "kind": group.kind, "members": members}
    _record(actor, Verb.GROUP_DELETED, group, details, now)
    group.delete()
    return group.name


def _locked(actor: Actor, tenant: int, uid: uuid.UUID, seen: datetime | None) -> Group:
    """Nobody adds members while it changes: they take the group's row first."""
    require(actor, Capability.MANAGE_GROUPS, tenant=tenant)
    group = Group.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if group is None:
        raise NotFound
    if seen not in (None, group.updated_at):
        raise ChangedMeanwhile
    return group


def _name(given: str) -> str:
    name = clean_text(given)
    if not name:
        raise BadGroup("name", N_("A group needs a name."))
    if len(name) > GROUP_NAME_CHARACTERS:
        raise BadGroup("name", N_("The name is longer than 80 characters."))
    return name


def _description(given: str) -> str:
    description = clean_text(given)
    if len(description) > GROUP_DESCRIPTION_CHARACTERS:
        raise BadGroup("description", N_("The description is longer than 300 characters."))
    return description


def _query(group: Group, query: str) -> str:
    if group.kind == GroupKind.STATIC and query:
        raise BadGroup("query", N_("A static group has no filter."))
    if group.kind == GroupKind.DYNAMIC and not query:
        raise BadGroup("query", N_("A dynamic group needs a filter."))
    return query


def _record(
    actor: Actor, verb: Verb, group: Group, details: Mapping[str, object], now: datetime
) -> None:
    record(
        actor=actor,
        verb=verb,
        tenant=group.tenant_id,
        subject=f"group:{group.uid}",
        details=details,
        now=now,
    )
