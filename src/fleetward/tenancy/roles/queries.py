"""Questions about custom roles."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability
from fleetward.tenancy.contracts import CUSTOM_ROLES, CustomRoleName
from fleetward.tenancy.models import CustomRole, Invitation, Membership
from fleetward.tenancy.roles.contracts import CustomRoleRow


@scoped
def list_custom_roles(*, actor: Actor, tenant: int) -> list[CustomRoleRow]:
    """Those of a tenant, by name. The caller has required SEE_USERS. Raises: NotFound."""
    if tenant not in actor.roles:
        raise NotFound
    held = _holders(tenant)
    found = CustomRole.objects.filter(tenant_id=tenant).order_by("name", "id")
    return [_row(role, held[role.id]) for role in found]


def list_choices(*, actor: Actor, tenant: int) -> list[CustomRoleRow]:
    """The same without their holders, to choose from: none is counted."""
    if tenant not in actor.roles:
        raise NotFound
    found = CustomRole.objects.filter(tenant_id=tenant).order_by("name", "id")
    return [_row(role, 0) for role in found]


@scoped
def get_custom_role(*, actor: Actor, tenant: int, uid: UUID) -> CustomRoleRow:
    """One of them. The caller has required SEE_USERS. Raises: NotFound."""
    if tenant not in actor.roles:
        raise NotFound
    found = CustomRole.objects.filter(tenant_id=tenant, uid=uid).first()
    if found is None:
        raise NotFound
    return _row(found, _holders(tenant)[found.id])


def find_own_role(*, actor: Actor, tenant: int) -> CustomRoleName | None:
    """The custom role that the actor has in a tenant by a membership there; None for another."""
    if actor.roles.get(tenant, "").partition(" ")[0] not in CUSTOM_ROLES:
        return None
    mine = Membership.objects.filter(tenant_id=tenant, user_id=actor.own_id)
    found = mine.select_related("custom").first()
    return found.custom_name if found else None


def _holders(tenant: int) -> Counter[int]:
    """How many users and invitations have each of the custom roles."""
    counted: Counter[int] = Counter()
    for table in (Membership, Invitation):
        having = table.objects.filter(tenant_id=tenant, custom__isnull=False)
        counted.update(having.values_list("custom_id", flat=True))
    return counted


def _row(role: CustomRole, members: int) -> CustomRoleRow:
    known = {str(right): right for right in Capability}
    return CustomRoleRow(
        uid=str(role.uid),
        name=role.name,
        description=role.description,
        # A later version may no longer know a permission: it is worth nothing then.
        permissions=frozenset(known[word] for word in role.permissions if word in known),
        members=members,
        updated_at=role.updated_at,
    )
