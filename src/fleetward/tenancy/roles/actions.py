"""Making, changing and deleting custom roles. Giving them is in `tenancy.actions`.

Nobody makes a role that may more than the own one, and nobody changes or deletes such a role. What
a role may is read with each request, so that a change has effect with the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.infra.tx import constrained
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import ChangedMeanwhile, NotFound
from fleetward.kernel.rights import Capability, complete, reach_of, require
from fleetward.kernel.texts import N_
from fleetward.tenancy.actions.choosing import chosen, hold_roles, refuse_beyond, word_of
from fleetward.tenancy.contracts import RoleChoice, RoleOfAnotherKind
from fleetward.tenancy.models import CustomRole, Invitation, Membership
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.tenancy.roles.contracts import (
    DESCRIPTION_CHARACTERS,
    MOST_ROLES,
    NAME_CHARACTERS,
    WORDS,
    BadRole,
    RoleInput,
    RoleInUse,
    RoleNameTaken,
    TooManyRoles,
)


@use_case
def make_role(*, actor: Actor, tenant: int, role: RoleInput, now: datetime) -> UUID:
    """Make a custom role; its uid.

    Raises: NotFound, Forbidden, RoleOfAnotherKind, BadRole, BeyondOwnRights, RoleNameTaken,
    TooManyRoles.   Audit: role.created
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    kind = get_tenant_by_id(tenant).kind
    if kind not in WORDS:
        raise RoleOfAnotherKind
    made = CustomRole(tenant_id=tenant, uid=uuid4(), word=WORDS[kind], created_at=now)
    _fill(made, role, now)
    refuse_beyond(actor, tenant, word_of(made))
    hold_roles(tenant)
    if CustomRole.objects.filter(tenant_id=tenant).count() >= MOST_ROLES:
        raise TooManyRoles
    with constrained("tenancy_customrole_name", RoleNameTaken()):
        made.save()
    _record(actor, made, Verb.ROLE_CREATED, _told(made), now)
    return made.uid


@use_case
def change_role(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    changes: Mapping[str, Any],
    now: datetime,
    seen: datetime | None = None,
) -> None:
    """Change what is given of name, description and permissions; all else stays as it is.

    `seen`: when it was changed before the actor looked; None for any state.
    Raises: NotFound, Forbidden, BadRole, BeyondOwnRights, RoleNameTaken, ChangedMeanwhile.
    Audit: role.changed
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    role = _locked(actor, tenant, uid, seen)
    before = _told(role)
    known = {str(right): right for right in Capability}
    present = RoleInput(
        role.name, frozenset(known[w] for w in role.permissions if w in known), role.description
    )
    wanted = RoleInput(
        changes.get("name", present.name),
        frozenset(changes.get("permissions", present.permissions)),
        changes.get("description", present.description),
    )
    _fill(role, wanted, now)
    if _told(role) == before:
        return
    refuse_beyond(actor, tenant, word_of(role))
    with constrained("tenancy_customrole_name", RoleNameTaken()):
        role.save()
    _record(actor, role, Verb.ROLE_CHANGED, {"before": before, "after": _told(role)}, now)


@use_case
def delete_role(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    now: datetime,
    instead: RoleChoice | None = None,
    seen: datetime | None = None,
) -> int:
    """Delete a custom role; whoever has it gets another one instead: how many these are.

    Raises: NotFound, Forbidden, RoleInUse without another, RoleOfAnotherKind, BeyondOwnRights,
    ChangedMeanwhile.   Audit: role.deleted, and user.role_changed for each user
    """
    require(actor, Capability.MANAGE_USERS, tenant=tenant)
    role = _locked(actor, tenant, uid, seen)
    members = list(Membership.objects.filter(custom=role).select_related("user").order_by("id"))
    invited = Invitation.objects.filter(tenant_id=tenant, custom=role)
    count = len(members) + invited.count()
    told = {"name": role.name, "instead": ""}
    if count:
        if instead is None or instead == uid:
            raise RoleInUse
        other = chosen(actor=actor, tenant=tenant, role=instead)
        told["instead"] = other.told
        Membership.objects.filter(custom=role).update(**other.fields)
        invited.update(**other.fields)
        changed = {"before": {"role": role.name}, "after": {"role": other.told}}
        for member in members:
            _record_member(actor, member, changed, now)
    role.delete()
    _record(actor, role, Verb.ROLE_DELETED, told, now)
    return count


def _locked(actor: Actor, tenant: int, uid: UUID, seen: datetime | None) -> CustomRole:
    """The role, which nobody gives, changes or deletes until this transaction ends.

    Raises: NotFound, BeyondOwnRights, ChangedMeanwhile.
    """
    hold_roles(tenant)
    role = CustomRole.objects.filter(tenant_id=tenant, uid=uid).first()
    if role is None:
        raise NotFound
    refuse_beyond(actor, tenant, word_of(role))
    if seen not in (None, role.updated_at):
        raise ChangedMeanwhile
    return role


def _fill(role: CustomRole, given: RoleInput, now: datetime) -> None:
    """Raises: BadRole."""
    name, description = given.name.strip(), given.description.strip()
    if not name:
        raise BadRole("name", N_("a role needs a name"))
    if len(name) > NAME_CHARACTERS or len(description) > DESCRIPTION_CHARACTERS:
        raise BadRole("name", N_("this is too long"))
    rights = complete(given.permissions)
    # What the word of a role is worth with everything is what can be in it.
    if not rights <= reach_of(" ".join([role.word, *Capability])):
        raise BadRole("permissions", N_("a role here cannot have one of these permissions"))
    role.name, role.description, role.updated_at = name, description, now
    role.permissions = sorted(str(right) for right in rights)


def _told(role: CustomRole) -> dict[str, object]:
    return {
        "name": role.name,
        "description": role.description,
        "permissions": list(role.permissions),
    }


def _record(
    actor: Actor, role: CustomRole, verb: Verb, details: Mapping[str, object], now: datetime
) -> None:
    record(
        actor=actor,
        verb=verb,
        tenant=role.tenant_id,
        subject=f"role:{role.uid}",
        details=details,
        now=now,
    )


def _record_member(
    actor: Actor, member: Membership, details: Mapping[str, object], now: datetime
) -> None:
    record(
        actor=actor,
        verb=Verb.USER_ROLE_CHANGED,
        tenant=member.tenant_id,
        subject=f"user:{member.user.uid}",
        details=details,
        now=now,
    )
