"""A tenant of each kind with its admin: where routes are asked that such tenants have."""

from __future__ import annotations

from collections.abc import Mapping

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import RelationState, TenantKind
from fleetward.tenancy.models import Relation
from tests.cast import NOW, make_tenant, make_user
from tests.objects import Objects
from tests.routes import ROLES_OF

World = Mapping[TenantKind, Objects]


def make_world(customer: Objects, word: str = "") -> World:
    """That customer, and a tenant of every other kind; `word` stands in all that is theirs."""
    found = {TenantKind.CUSTOMER: customer}
    for kind, roles in ROLES_OF.items():
        if kind not in found:
            tenant = make_tenant(f"{word} {kind}".strip(), kind=kind)
            admin = make_user(roles={tenant.id: roles[-1]})
            found[kind] = Objects(tenant, admin)
    add_customers(found[TenantKind.PARTNER], 1, word)
    return found


def add_partners(count: int) -> None:
    """So many more partner companies of the installation."""
    for number in range(count):
        make_tenant(f"Partner {number}", kind="PARTNER")


def add_customers(partner: Objects, count: int, word: str = "") -> None:
    """So many more customers that have accepted a partner."""
    for number in range(count):
        customer = make_tenant(f"{word} customer {number}".strip())
        with tenant_scope([customer.id, partner.tenant.id]):
            Relation.objects.create(
                partner_id=partner.tenant.id,
                customer_id=customer.id,
                state=RelationState.ACCEPTED,
                admin_email=f"{word}@customer.example",
                made_by=word,
                made_at=NOW,
                answered_by=word,
                answered_at=utc_now(),
            )
