"""A partner with many customers, and what it asks under All Customers."""

from __future__ import annotations

from fleetward.identity.contracts import Newcomer
from fleetward.identity.queries import find_user
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.actions import accept_invitation, add_member, create_tenant
from fleetward.tenancy.contracts import RelationState, Role, TenantKind
from fleetward.tenancy.models import Relation, Tenant
from fleetward.tenancy.queries import actor_for_user
from fleetward.warranty.queries.dashboard import dashboard as figures
from fleetward.warranty.queries.grid import list_and_count
from fleetward.warranty.queries.grid_filter import DeviceFilter
from tests.bench.known import EMAIL, EXPIRING_DAYS, PASSWORD


def make_partner(customers: int) -> dict[str, object]:
    """A partner with an admin, and customers that have accepted it."""
    now = utc_now()
    partner = create_tenant(
        actor=system_actor("Bench"), name="Partner", now=now, kind=TenantKind.PARTNER
    )
    added = add_member(
        actor=system_actor("Bench", partner.id),
        tenant=partner.id,
        who=Newcomer(EMAIL, "Bench", PASSWORD, has_chosen_password=True),
        role=Role.PARTNER_ADMIN,
        now=now,
    )
    if added.token:
        guest = actor_for_user(user_id=added.user_id, name=EMAIL)
        accept_invitation(actor=guest, token=added.token, now=now)
    made = Tenant.objects.bulk_create(
        Tenant(name=f"Customer {number:03d}", created_at=now) for number in range(customers)
    )
    with tenant_scope([partner.id]):
        Relation.objects.bulk_create(
            Relation(
                partner_id=partner.id,
                customer=one,
                state=RelationState.ACCEPTED,
                made_at=now,
                answered_at=now,
            )
            for one in made
        )
    return {"made": [partner.id, partner.customer_id, [one.id for one in made]]}


def list_page(partner: int, times: int) -> dict[str, object]:
    """Ask for the first page and its number so many times."""
    rows = 0
    for _ in range(times):
        page, _count = list_and_count(
            actor=admin(),
            tenant=partner,
            only=DeviceFilter(),
            today=utc_now().date(),
            expiring_days=EXPIRING_DAYS,
        )
        rows += len(page.rows)
    return {"rows": rows / times}


def dashboard(partner: int, times: int) -> dict[str, object]:
    for _ in range(times):
        found = figures(
            actor=admin(),
            tenant=partner,
            today=utc_now().date(),
            expiring_days=EXPIRING_DAYS,
        )
    return {"devices": found.devices}


def admin() -> Actor:
    user = find_user(EMAIL)
    assert user is not None
    return actor_for_user(user_id=user.id, name=EMAIL)
