"""Questions about partners and holding tenants: the operator's, and a partner's of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from django.db.models import QuerySet

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.tenancy import models
from fleetward.tenancy.contracts import Company, MemberRow, PartnerRow, TenantKind, TenantRow
from fleetward.tenancy.models import Membership, Tenant
from fleetward.tenancy.queries import find_company
from fleetward.tenancy.queries.rows import company_row, member_row, tenant_row


def list_partners() -> list[PartnerRow]:
    """Every partner of the installation, by name. The caller has required OPERATE."""
    found = Tenant.objects.filter(kind=TenantKind.PARTNER).order_by("name", "id")
    rows = list(found.select_related("holding"))
    with tenant_scope([tenant.id for tenant in rows]):
        places = {c.tenant_id: company_row(c) for c in models.Company.objects.all()}
    return [_partner_row(tenant, places.get(tenant.id, Company())) for tenant in rows]


def get_partner(customer_id: str) -> PartnerRow:
    """A partner by its Customer ID. The caller has required OPERATE. Raises: NotFound."""
    found = Tenant.objects.filter(kind=TenantKind.PARTNER, customer_id=customer_id)
    tenant = found.select_related("holding").first()
    if tenant is None:
        raise NotFound
    return _partner_row(tenant, find_company(tenant.id))


def list_people(tenant: int) -> list[MemberRow]:
    """The users of a partner, by e-mail, for the operator. The caller has required OPERATE."""
    rows = Membership.objects.filter(tenant_id=tenant).select_related("user")
    return [member_row(m) for m in rows.order_by("user__email")]


def find_partner_members(emails: Collection[str]) -> dict[str, list[tuple[int, int]]]:
    """By address in lower case: at which partners somebody is an active user (partner, user).

    Whoever is only listed there has not agreed to be, and counts for nobody (T6, L2).
    """
    active = Membership.objects.filter(
        tenant__kind=TenantKind.PARTNER,
        is_active=True,
        has_access=True,
        user__is_active=True,
        user__email__in=list(emails),
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for email, partner, user in active.order_by("tenant_id").values_list(
        "user__email", "tenant_id", "user_id"
    ):
        found.setdefault(email, []).append((partner, user))
    return found


def count_certified(partners: Collection[int]) -> dict[int, int]:
    """How many active users of these partners are certified, by partner; without those that have
    none.
    """
    found = _certified().filter(tenant_id__in=partners)
    return dict(Counter(found.values_list("tenant_id", flat=True)))


def list_certified_ids(partner: int) -> list[int]:
    """User ids of the active users of a partner who are certified, for who tells them something."""
    found = _certified().filter(tenant_id=partner)
    return list(found.order_by("user_id").values_list("user_id", flat=True))


def _certified() -> QuerySet[Membership]:
    """Memberships that count as certified: of those who can come in, too."""
    return Membership.objects.filter(
        is_certified=True, is_active=True, has_access=True, user__is_active=True
    )


def find_holding(partner: int) -> TenantRow | None:
    """The holding tenant of a partner, whether anybody sees it or not."""
    found = Tenant.objects.filter(owner_id=partner).first()
    return tenant_row(found) if found else None


def find_own_holding(*, actor: Actor, partner: int) -> TenantRow | None:
    """The holding tenant of a partner where the actor has it in reach (T7, T8), else None."""
    found = find_holding(partner) if partner in actor.roles else None
    return found if found and found.id in actor.roles else None


def _partner_row(tenant: Tenant, company: Company) -> PartnerRow:
    holding = getattr(tenant, "holding", None)
    return PartnerRow(
        tenant_row(tenant), company, tenant.created_at, holding.id if holding else None
    )
