"""Which role somebody gets, and whether whoever gives it may: the one check of all doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fleetward.kernel.actor import Actor
from fleetward.kernel.rights import reach_of
from fleetward.tenancy.contracts import (
    BeyondOwnRights,
    Role,
    RoleChoice,
    RoleOfAnotherKind,
    roles_in,
)
from fleetward.tenancy.models import CustomRole, Invitation, Membership, Tenant
from fleetward.tenancy.queries import get_tenant_by_id


@dataclass(frozen=True, slots=True)
class Chosen:
    """A role that may be given. Nobody deletes or changes a custom one before this transaction
    ends.
    """

    word: Role
    custom: CustomRole | None = None

    @property
    def fields(self) -> Mapping[str, object]:
        """Of a membership or an invitation."""
        return {"role": self.word, "custom": self.custom}

    @property
    def told(self) -> str:
        """For the trail."""
        return self.custom.name if self.custom else str(self.word)


def chosen(*, actor: Actor, tenant: int, role: RoleChoice) -> Chosen:
    """Raises: RoleOfAnotherKind, BeyondOwnRights."""
    if isinstance(role, UUID):
        hold_roles(tenant)
        custom = CustomRole.objects.filter(tenant_id=tenant, uid=role).first()
        if custom is None:
            raise RoleOfAnotherKind
        refuse_beyond(actor, tenant, word_of(custom))
        return Chosen(Role(custom.word), custom)
    if role not in roles_in(get_tenant_by_id(tenant).kind):
        raise RoleOfAnotherKind
    refuse_beyond(actor, tenant, role)
    return Chosen(role)


def hold_roles(tenant: int) -> None:
    """Nobody gives, changes or deletes a custom role of this tenant before this transaction ends;
    whoever accepts an invitation waits as well.
    """
    Tenant.objects.select_for_update(no_key=True).get(id=tenant)


def word_of(role: CustomRole) -> str:
    """As it stands in an actor (`list_places.sql`)."""
    return " ".join([role.word, *role.permissions])


def held(row: Membership | Invitation) -> Chosen:
    return Chosen(Role(row.role), row.custom)


def refuse_beyond_held(actor: Actor, row: Membership | Invitation) -> None:
    """Nobody changes or removes somebody with a further role. Raises: BeyondOwnRights."""
    refuse_beyond(actor, row.tenant_id, word_of(row.custom) if row.custom else row.role)


def refuse_beyond(actor: Actor, tenant: int, word: str) -> None:
    """Raises: BeyondOwnRights, where a role reaches further than the actor's own in this tenant."""
    if not reach_of(word) <= reach_of(actor.roles[tenant]):
        raise BeyondOwnRights
