"""Partners as the operator makes them, and their holding tenants (T6, T8).

Who is certified is the business of `partners`; here it is a mark of a membership.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.contracts import Newcomer
from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy import models
from fleetward.tenancy.actions.customers import check_newcomer
from fleetward.tenancy.actions.members import add_member
from fleetward.tenancy.actions.tenants import create_tenant
from fleetward.tenancy.contracts import (
    LetIn,
    NewPartner,
    Role,
    TenantKind,
    TenantRow,
    TenantSettings,
)
from fleetward.tenancy.models import Membership, Tenant
from fleetward.tenancy.queries import find_vendor, get_tenant_by_id

DEFAULTS = TenantSettings()
# Nobody of the operator has a partner in reach; while it is made its maker may let somebody in.
MAKER = "SYSTEM"
VENDOR_LOCK = 7_310


def ensure_vendor(*, actor: Actor, name: str, now: datetime) -> TenantRow:
    """The one tenant of the operator, made when there is none.   Audit: tenant.created

    Repeat: two at once get the same one.
    """
    with transaction.atomic():
        wait_turn(VENDOR_LOCK, 0)
        found = find_vendor()
        if found is not None:
            return found
        return create_tenant(actor=actor, name=name, now=now, kind=TenantKind.VENDOR)


def create_partner(
    *, actor: Actor, vendor: int, partner: NewPartner, now: datetime
) -> tuple[TenantRow, LetIn]:
    """Make the tenant of a partner company and let its first Partner Admin in (`add_member`).

    Raises: NotFound, Forbidden, BadCompany, BadEmail.
    Audit: partner.created at the operator; tenant.created and user.added or user.invited
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    check_newcomer(partner)
    language = get_tenant_by_id(vendor).settings.language
    with transaction.atomic():
        made = create_tenant(
            actor=actor,
            name=partner.name,
            now=now,
            settings=replace(DEFAULTS, language=language),
            region=partner.region,
            kind=TenantKind.PARTNER,
        )
        maker = replace(actor, roles={**actor.roles, made.id: MAKER})
        admin = _set_up(actor=maker, vendor=vendor, made=made, told=partner, now=now)
    return made, admin


@use_case
def _set_up(
    *, actor: Actor, vendor: int, made: TenantRow, told: NewPartner, now: datetime
) -> LetIn:
    models.Company.objects.create(tenant_id=made.id, **asdict(told.company))
    name = f"{told.admin_first_name} {told.admin_last_name}".strip()
    admin = add_member(
        actor=actor,
        tenant=made.id,
        who=Newcomer(told.admin_email, name),
        role=Role.PARTNER_ADMIN,
        now=now,
    )
    record(
        actor=actor,
        verb=Verb.PARTNER_CREATED,
        tenant=vendor,
        subject=f"tenant:{made.customer_id}",
        details={"name": made.name},
        now=now,
    )
    return admin


@use_case
def mark_certified(*, actor: Actor, partner: int, users: Collection[int], now: datetime) -> bool:
    """Let exactly these users count as certified at a partner; the first makes its holding tenant.

    Of them those who have access: whoever is only listed certifies nobody (L2).
    Returns whether that was made now. The caller has required a right and has the partner in scope.
    Raises: NotFound.   Audit: holding.created at the partner, once
    """
    place = lock_partner(partner)
    members = Membership.objects.filter(tenant_id=partner)
    known = members.filter(user_id__in=users, has_access=True)
    certified = list(known.values_list("user_id", flat=True))
    members.filter(is_certified=True).exclude(user_id__in=certified).update(is_certified=False)
    members.filter(is_certified=False, user_id__in=certified).update(is_certified=True)
    if not certified or Tenant.objects.filter(owner_id=partner).exists():
        return False
    create_holding_tenant(actor=actor, partner=place, now=now)
    return True


@use_case
def create_holding_tenant(*, actor: Actor, partner: TenantRow, now: datetime) -> TenantRow:
    """Make the holding tenant of a partner, which waits for others who do; the database refuses a
    second one (T6).   Audit: holding.created at the partner
    """
    made = Tenant.objects.create(
        name=partner.name,
        kind=TenantKind.HOLDING,
        owner_id=partner.id,
        region=partner.region,
        created_at=now,
        **asdict(replace(partner.settings, has_scheduled_runs=False)),
    )
    record(
        actor=actor,
        verb=Verb.HOLDING_CREATED,
        tenant=partner.id,
        subject=f"tenant:{made.customer_id}",
        details={"name": made.name},
        now=now,
    )
    return get_tenant_by_id(made.id)


def lock_partner(partner: int) -> TenantRow:
    """The partner, of which nobody else certifies users until this transaction ends.

    Its devices do not wait. Raises: NotFound.
    """
    locked = Tenant.objects.select_for_update(no_key=True)
    if not locked.filter(id=partner, kind=TenantKind.PARTNER).exists():
        raise NotFound
    return get_tenant_by_id(partner)
