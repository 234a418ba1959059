"""Between which tenants the admins of a partner move devices (X1): its customers that have accepted
it, and its own holding tenant while that is open. Another partner's are told apart from none.
"""

from __future__ import annotations

from dataclasses import replace

from django.db.models import BigIntegerField, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from fleetward.kernel.actor import Actor
from fleetward.tenancy.contracts import RelationState, TenantRow
from fleetward.tenancy.models import Membership, Relation, Tenant
from fleetward.tenancy.queries import (
    find_managed,
    hold_managed,
    list_managed,
    roles_of_user,
)
from fleetward.tenancy.queries.rows import tenant_row


def find_mover(source: int) -> int | None:
    """The partner that moves devices out of a tenant: its owner, or whom it has accepted."""
    accepted = Relation.objects.filter(customer_id=OuterRef("id"), state=RelationState.ACCEPTED)
    chosen = Subquery(accepted.values("partner_id")[:1])
    mover = Coalesce("owner_id", chosen, output_field=BigIntegerField())
    return Tenant.objects.filter(id=source).values_list(mover, flat=True).first()


def list_destinations(partner: int) -> list[TenantRow]:
    """Where a partner can move devices: its customers by name, then what it holds for nobody."""
    holding = _open_holding(partner)
    return [*list_managed(partner), *([holding] if holding else [])]


def find_destination(*, partner: int, customer_id: str) -> TenantRow | None:
    """The one with this Customer ID; None for any that there is not for this partner."""
    holding = _open_holding(partner)
    if holding is not None and holding.customer_id == customer_id:
        return holding
    return find_managed(partner=partner, customer_id=customer_id)


def hold_destination(*, partner: int, tenant: int) -> bool:
    """Whether it is one, and stays one until this transaction ends; nobody gives a holding tenant
    to somebody else.
    """
    holding = _open_holding(partner)
    is_holding = holding is not None and holding.id == tenant
    return is_holding or hold_managed(partner=partner, customer=tenant)


def with_holding(actor: Actor, *, partner: int) -> Actor:
    """An actor who is bound to the tenant of a partner, with what that holds for nobody."""
    holding = _open_holding(partner)
    role = roles_of_user(actor.own_id).get(holding.id) if holding else None
    if holding is None or role is None:
        return actor
    return replace(actor, roles={**actor.roles, holding.id: role})


def find_holding_of(customer: int) -> TenantRow | None:
    """The holding tenant of the partner that a customer has accepted, whoever sees it (E7)."""
    accepted = Relation.objects.filter(customer_id=customer, state=RelationState.ACCEPTED)
    found = Tenant.objects.filter(owner_id__in=accepted.values("partner_id")).first()
    return tenant_row(found) if found else None


def _open_holding(partner: int) -> TenantRow | None:
    """The holding tenant of a partner while its users see it (T7)."""
    certified = Membership.objects.filter(
        tenant_id=OuterRef("owner_id"),
        is_certified=True,
        is_active=True,
        has_access=True,
        user__is_active=True,
    )
    found = Tenant.objects.filter(Exists(certified), owner_id=partner).first()
    return tenant_row(found) if found else None
