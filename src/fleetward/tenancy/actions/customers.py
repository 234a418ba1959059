"""Customers of a partner: made by it, and its own once they have accepted (T2, T3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db import transaction

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.identity.contracts import Newcomer
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.rights import Capability, require
from fleetward.kernel.texts import N_
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.tenancy import models
from fleetward.tenancy.actions.companies import check_company
from fleetward.tenancy.actions.members import add_member
from fleetward.tenancy.actions.tenants import create_tenant
from fleetward.tenancy.contracts import (
    ADMIN_ROLES,
    BadCompany,
    LetIn,
    NewCustomer,
    RelationOver,
    RelationState,
    Role,
    TenantKind,
    TenantRow,
)
from fleetward.tenancy.licences.contracts import PlanNotOffered
from fleetward.tenancy.licences.queries import plans_offered_by
from fleetward.tenancy.models import OPEN, Relation, Tenant
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids
from fleetward.tenancy.queries.rows import known_name

# Gives the scope of the other tenant of a relation to somebody who may do nothing there.
GUEST = "GUEST"
PARTNER_PAGE = "/t/{customer_id}/settings/partner/"
CUSTOMERS_PAGE = "/t/{customer_id}/customers/"


def create_customer(
    *, actor: Actor, partner: int, customer: NewCustomer, now: datetime
) -> tuple[TenantRow, LetIn]:
    """Make a customer of a partner, pending until its admin accepts (T2), and let that admin in.

    Whose address has an account already is invited and decides (`add_member`).
    Raises: NotFound, Forbidden, BadCompany, BadEmail, PlanNotOffered (T4).
    Audit: customer.created at the partner; tenant.created and user.added or user.invited
    """
    require(actor, Capability.MANAGE_CUSTOMERS, tenant=partner)
    place = get_tenant_by_id(partner)
    if place.kind is not TenantKind.PARTNER:
        raise NotFound
    check_newcomer(customer)
    if customer.plan and customer.plan not in {one.code for one in plans_offered_by(partner)}:
        raise PlanNotOffered(customer.plan)
    with transaction.atomic():
        made = create_tenant(
            actor=actor,
            name=customer.name,
            now=now,
            settings=place.settings,
            region=customer.region,
        )
        # The partner has nothing of the new tenant in sight yet; this once it may let somebody in.
        maker = replace(actor, roles={**actor.roles, made.id: "SYSTEM"})
        admin = _set_up(actor=maker, partner=place, customer=made, told=customer, now=now)
    return made, admin


@use_case
def _set_up(
    *, actor: Actor, partner: TenantRow, customer: TenantRow, told: NewCustomer, now: datetime
) -> LetIn:
    models.Company.objects.create(tenant_id=customer.id, **asdict(told.company))
    if told.plan:
        Tenant.objects.filter(id=customer.id).update(plan=told.plan)
    relation = Relation.objects.create(
        partner_id=partner.id,
        customer_id=customer.id,
        customer_name=customer.name,
        admin_email=told.admin_email,
        asks_for_sign_on=told.asks_for_sign_on,
        made_by=actor.name,
        made_at=now,
    )
    name = f"{told.admin_first_name} {told.admin_last_name}".strip()
    admin = add_member(
        actor=actor,
        tenant=customer.id,
        who=Newcomer(told.admin_email, name),
        role=Role.IT_ADMIN,
        now=now,
    )
    _post(relation.customer, relation, Kind.PARTNER_OFFERED, PARTNER_PAGE, now)
    record(
        actor=actor,
        verb=Verb.CUSTOMER_CREATED,
        tenant=partner.id,
        subject=f"customer:{relation.uid}",
        details={"name": customer.name, **({"plan": told.plan} if told.plan else {})},
        now=now,
    )
    return admin


def answer_partner(*, actor: Actor, tenant: int, accepts: bool, now: datetime) -> None:
    """Accept or decline the partner that made this tenant (T3). Accepted, its users see the
    tenant with their next request; declined, they never do.

    Raises: NotFound, Forbidden, RelationOver.
    Audit: partner.accepted or partner.declined, at both
    """
    relation = _found(actor, tenant, RelationState.PENDING)
    state = RelationState.ACCEPTED if accepts else RelationState.DECLINED
    changes = {"state": state, "answered_by": actor.name, "answered_at": now}
    step = _ACCEPTED if accepts else _DECLINED
    _settle(actor=_in_both(actor, relation), relation=relation, changes=changes, step=step, now=now)


def end_partner(*, actor: Actor, tenant: int, now: datetime) -> None:
    """End the relation to the managing partner: its sight ends with its next request (T3).

    Raises: NotFound, Forbidden, RelationOver.   Audit: partner.ended, at both
    """
    relation = _found(actor, tenant, RelationState.ACCEPTED)
    changes = {"state": RelationState.ENDED, "ended_by": actor.name, "ended_at": now}
    changes["customer_name"] = relation.customer.name
    _settle(
        actor=_in_both(actor, relation), relation=relation, changes=changes, step=_ENDED, now=now
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """What a change of a relation is called in the trail, and as news for the partner."""

    verb: Verb
    kind: Kind


_ACCEPTED = _Step(Verb.PARTNER_ACCEPTED, Kind.CUSTOMER_ACCEPTED)
_DECLINED = _Step(Verb.PARTNER_DECLINED, Kind.CUSTOMER_DECLINED)
_ENDED = _Step(Verb.PARTNER_ENDED, Kind.CUSTOMER_ENDED)


@use_case
def _settle(
    *,
    actor: Actor,
    relation: Relation,
    changes: Mapping[str, object],
    step: _Step,
    now: datetime,
) -> None:
    """Change a relation if it is as it was seen. Raises: RelationOver."""
    known = Relation.objects.filter(id=relation.id, state=relation.state)
    if not known.update(**changes):
        raise RelationOver
    for name, value in changes.items():
        setattr(relation, name, value)
    for tenant in (relation.customer_id, relation.partner_id):
        record(
            actor=actor,
            verb=step.verb,
            tenant=tenant,
            subject=f"customer:{relation.uid}",
            details={"partner": relation.partner.name, "customer": known_name(relation)},
            now=now,
        )
    _post(relation.partner, relation, step.kind, CUSTOMERS_PAGE, now)


def _found(actor: Actor, tenant: int, state: RelationState) -> Relation:
    require(actor, Capability.MANAGE_SETTINGS, tenant=tenant)
    open_ones = Relation.objects.filter(customer_id=tenant, state__in=OPEN)
    found = open_ones.select_related("partner", "customer").first()
    if found is None or found.state != state:
        raise RelationOver
    return found


def _in_both(actor: Actor, relation: Relation) -> Actor:
    return replace(actor, roles={**actor.roles, relation.partner_id: GUEST})


def _post(tenant: Tenant, relation: Relation, kind: Kind, page: str, now: datetime) -> None:
    """Tell the admins of one side, once."""
    post(
        tenant=tenant.id,
        users=list_member_ids(tenant=tenant.id, roles=ADMIN_ROLES),
        kind=kind,
        key=f"{kind}:{relation.uid}",
        params={"partner": relation.partner.name, "customer": known_name(relation)},
        now=now,
        link=page.format(customer_id=tenant.customer_id),
    )


def check_newcomer(customer: NewCustomer) -> None:
    """Raises: BadCompany, for the first field that is refused."""
    for name in ("name", "admin_first_name", "admin_last_name", "admin_email"):
        if not getattr(customer, name).strip():
            raise BadCompany(name, N_("say something here"))
    check_company(customer.company)
