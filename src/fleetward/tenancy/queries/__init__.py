"""Questions about tenants and members. Doors ask here first: who is within reach of this user."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Case, Q, When

from fleetward.infra import sql
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.errors import NotFound
from fleetward.kernel.paging import Page, decode_id, page_of
from fleetward.kernel.rights import Capability
from fleetward.tenancy import models
from fleetward.tenancy.contracts import (
    Company,
    CustomerRow,
    InvitationForAnother,
    InvitationOffer,
    InvitationOver,
    InvitationRow,
    ManagingPartner,
    MemberRow,
    Region,
    RelationState,
    Role,
    TenantKind,
    TenantRow,
    TenantSettings,
)
from fleetward.tenancy.models import OPEN, Invitation, Membership, Relation, Tenant
from fleetward.tenancy.queries.rows import company_row, customer_row, member_row, tenant_row
from fleetward.tenancy.rules import customer_id_of, holding_role, invitation_digest, managing_role

# How a tenant is in reach: by a membership in it, or by one in the partner of a customer.
OWN, MANAGED = "OWN", "MANAGED"


def roles_of_user(user_id: int) -> dict[int, str]:
    """Role word by internal tenant id: of an active user's memberships, of the customers that have
    accepted a partner of theirs (T3), and of its holding tenant (T8). Who is a member and there for
    a partner as well is what the membership says.
    """
    return dict(_places(user_id).roles)


@dataclass(frozen=True, slots=True)
class _Places:
    """What an `Actor` has of the same names."""

    roles: Mapping[int, str]
    spans: Mapping[int, tuple[int, ...]]
    by_provider: Mapping[int, int]


def _places(user_id: int, *, member_of: int | None = None, in_session: bool = False) -> _Places:
    """With `member_of`: what the membership in that tenant leads to, and no other."""
    given = {"user": user_id, "member_of": member_of, "in_session": in_session}
    rows = sql.fetch("tenancy", "list_places", given)
    found = [(*row, word) for row in rows if (word := _word(row[1], row[2]))]
    # One's own membership last, since it is the one that counts.
    found.sort(key=lambda row: row[2] == OWN)
    ways = {tenant: (word, how, is_by) for tenant, _, _, how, is_by, word in found}
    by_provider = {tenant: how for tenant, (_, how, is_by) in ways.items() if is_by}
    spans: dict[int, list[int]] = {}
    for tenant, _, held, how, *_ in found:
        # Of a partner's lists; what it holds for nobody yet is none of them (T5), and neither is
        # what its user reaches by a membership that another provider must vouch for.
        if held == MANAGED and by_provider.get(tenant, how) == how:
            spans.setdefault(how, []).append(tenant)
    known = {one: tuple(sorted(them)) for one, them in spans.items()}
    return _Places({tenant: word for tenant, (word, *_) in ways.items()}, known, by_provider)


def _word(role: str, held: str) -> str | None:
    """The role word of somebody who has a tenant in reach by this role, held in one of the ways of
    the statements; None for nobody there.
    """
    if held == OWN:
        return role
    return managing_role(role) if held == MANAGED else holding_role(role)


def find_place(*, user_id: int, tenant: int) -> tuple[str, TenantRow] | None:
    """Role word and tenant of a user who has it in reach at this moment; None for anybody else.

    `roles_of_user` and `get_tenant_by_id` in one go, for calls that are bound to a tenant.
    """
    found = sql.fetch("tenancy", "find_place", {"tenant": tenant, "user": user_id})
    for held, how, tenant_id, customer_id, name, kind, region, *settings in found:
        role = _word(held, how)
        if role is None:
            return None
        zone, language, expiring_days, has_scheduled_runs, reminder_days, archive_days = settings
        kept = TenantSettings(
            zone, language, expiring_days, has_scheduled_runs, tuple(reminder_days), archive_days
        )
        return str(role), TenantRow(
            tenant_id, customer_id, name, TenantKind(kind), Region(region), kept
        )
    return None


def default_language(*, user_id: int, customer_id: str = "") -> str:
    """For a user without a choice: the language of one of the user's tenants, '' without any.

    Of the one with the Customer ID where the user is in it, else of the one joined first.
    """
    mine = Membership.objects.filter(
        user_id=user_id, is_active=True, has_access=True, user__is_active=True
    )
    found = dict(
        mine.order_by("joined_at", "id").values_list("tenant__customer_id", "tenant__language")
    )
    return found.get(customer_id) or next(iter(found.values()), "")


def actor_for_user(
    *,
    user_id: int,
    name: str,
    request_id: str = "",
    address: str = "",
    member_of: int | None = None,
    in_session: bool = False,
) -> Actor:
    """The actor of a user for one request or job, with the roles held at this moment.

    `member_of`: within what the membership in that tenant leads to, and no other: whose customers a
    partner's user is in as that user, also where the user is a member as well.
    `in_session`: what was joined by the word of a tenant's provider counts only where that vouches
    again (`member_of`). Jobs and tokens do what such a session has asked for.
    """
    places = _places(user_id, member_of=member_of, in_session=in_session)
    return Actor(
        ActorKind.USER,
        name,
        roles=places.roles,
        spans=places.spans,
        by_provider=places.by_provider,
        user_id=user_id,
        request_id=request_id,
        address=address,
    )


def with_customers(actor: Actor, *, tenant: int) -> Actor:
    """An actor who is bound to the tenant of a partner, with the customers that it has now."""
    places = _places(actor.own_id, member_of=tenant)
    mine = places.spans.get(tenant, ())
    roles = {**{one: places.roles[one] for one in mine}, **actor.roles}
    return replace(actor, roles=roles, spans={tenant: mine})


def get_tenant(*, actor: Actor, customer_id: str) -> TenantRow:
    """A tenant within the actor's reach. Raises: NotFound, also for one that is out of sight."""
    found = Tenant.objects.filter(customer_id=customer_id, id__in=actor.tenants).first()
    if found is None:
        raise NotFound
    return tenant_row(found)


def get_tenant_by_id(tenant: int) -> TenantRow:
    """A tenant by its internal id, for jobs. Raises: NotFound."""
    found = Tenant.objects.filter(id=tenant).first()
    if found is None:
        raise NotFound
    return tenant_row(found)


def list_tenants(*, actor: Actor) -> list[TenantRow]:
    """All tenants within the actor's reach, by name."""
    return [
        tenant_row(t) for t in Tenant.objects.filter(id__in=actor.tenants).order_by("name", "id")
    ]


def list_some_tenants(
    *, actor: Actor, tenants: Collection[int], customer_ids: Collection[str] = ()
) -> list[TenantRow]:
    """Those that are named, as far as they are within the actor's reach, by name."""
    named = Q(id__in=tenants) | Q(customer_id__in=customer_ids)
    found = Tenant.objects.filter(named, id__in=actor.tenants)
    return [tenant_row(t) for t in found.order_by("name", "id")]


def find_tenants(*, actor: Actor, words: str, most: int) -> list[TenantRow]:
    """The first by name of those within the actor's reach whose name has these words, or whose
    Customer ID begins with them. A holding tenant has the menu of its partner as its only way (T5).
    """
    fits = Q(name__icontains=words) | Q(customer_id__istartswith=words)
    found = Tenant.objects.filter(fits, id__in=actor.tenants).exclude(kind=TenantKind.HOLDING)
    return [tenant_row(t) for t in found.order_by("name", "id")[:most]]


def find_tenant(customer_id: str) -> TenantRow | None:
    """A tenant by Customer ID, for the operator's command line."""
    found = Tenant.objects.filter(customer_id=customer_id).first()
    return tenant_row(found) if found else None


def count_tenants() -> int:
    """Of the installation: none means that the first-run page is open."""
    return Tenant.objects.count()


def list_tenant_ids() -> list[int]:
    """Internal ids of all tenants, for jobs that visit each."""
    return list(Tenant.objects.order_by("id").values_list("id", flat=True))


def list_settings() -> dict[int, TenantSettings]:
    """Of all tenants by internal id, for jobs that look in which of them there is work."""
    return {tenant.id: tenant_row(tenant).settings for tenant in Tenant.objects.order_by("id")}


def list_births(tenants: Collection[int]) -> dict[int, datetime]:
    """When these tenants were made, by internal id, for what looks for things that never happened.

    The caller has required a right in them, or is a job.
    """
    return dict(Tenant.objects.filter(id__in=tenants).values_list("id", "created_at"))


def list_members(*, actor: Actor, tenant: int) -> list[MemberRow]:
    """The users of a tenant, by e-mail. The caller has required SEE_USERS."""
    if tenant not in actor.roles:
        raise NotFound
    rows = Membership.objects.filter(tenant_id=tenant).select_related("user", "custom")
    return [member_row(m) for m in rows.order_by("user__email")]


def page_of_members(
    *, actor: Actor, tenant: int, cursor: str | None = None, limit: int
) -> Page[MemberRow]:
    """The same in pages, in the order in which they came. Raises: NotFound, BadCursor."""
    if tenant not in actor.roles:
        raise NotFound
    rows = Membership.objects.filter(tenant_id=tenant, id__gt=decode_id(cursor) if cursor else 0)
    found = rows.select_related("user", "custom").order_by("id")[: limit + 1]
    return page_of(list(found), limit, lambda member: member.id, member_row)


def count_members(*, actor: Actor, tenant: int) -> int:
    """How many users `list_members` gives. The caller has required SEE_USERS.

    Raises: NotFound.
    """
    if tenant not in actor.roles:
        raise NotFound
    return Membership.objects.filter(tenant_id=tenant).count()


@scoped
def list_invitations(*, actor: Actor, tenant: int, now: datetime) -> list[InvitationRow]:
    """Who was invited to a tenant and has not accepted, by e-mail. The caller has required
    SEE_USERS. Raises: NotFound."""
    if tenant not in actor.roles:
        raise NotFound
    rows = Invitation.objects.filter(tenant_id=tenant).select_related("user", "custom")
    return [
        InvitationRow(
            uid=str(row.uid),
            email=row.user.email,
            role=Role(row.role),
            created_at=row.created_at,
            expires_at=row.expires_at,
            is_expired=row.expires_at <= now,
            custom=row.custom_name,
        )
        for row in rows.order_by("user__email")
    ]


def get_invitation_offer(*, actor: Actor, token: str, now: datetime) -> InvitationOffer:
    """What the actor's account was invited to. Raises: InvitationOver, InvitationForAnother."""
    tenant = find_tenant(customer_id_of(token))
    if tenant is None:
        raise InvitationOver
    with tenant_scope([tenant.id]):
        alive = Invitation.objects.filter(tenant_id=tenant.id, expires_at__gt=now)
        hers = alive.filter(digest=invitation_digest(token))
        found = hers.select_related("custom").first()
    if found is None:
        raise InvitationOver
    if found.user_id != actor.user_id:
        raise InvitationForAnother(actor.name)
    return InvitationOffer(
        tenant.name, Role(found.role), found.invited_by, found.expires_at, found.custom_name
    )


def list_member_ids(
    *, tenant: int, roles: Iterable[Role], right: Capability | None = None
) -> list[int]:
    """User ids of the active members with one of the roles, or with a custom role that has the
    right: who is told when something fails.
    """
    wanted = Q(role__in=[str(r) for r in roles])
    if right is not None:
        wanted |= Q(custom__permissions__contains=[str(right)])
    members = Membership.objects.filter(
        wanted, tenant_id=tenant, is_active=True, has_access=True, user__is_active=True
    )
    return list(members.order_by("user_id").values_list("user_id", flat=True))


def list_customers(*, actor: Actor, partner: int) -> list[CustomerRow]:
    """Customers that a partner has made, by name; which they are it knows once they have accepted
    (T3). The caller has required SEE_CUSTOMERS. Raises: NotFound.
    """
    if partner not in actor.roles:
        raise NotFound
    made = Relation.objects.filter(partner_id=partner).select_related("customer")
    # The order of their present names would tell of these as well.
    known = Case(When(state=RelationState.ACCEPTED, then="customer__name"), default="customer_name")
    return [customer_row(row) for row in made.order_by(known, "id")]


def find_vendor() -> TenantRow | None:
    """The tenant of the operator; None before there is one."""
    found = Tenant.objects.filter(kind=TenantKind.VENDOR).order_by("id").first()
    return tenant_row(found) if found else None


def find_manager(tenant: int) -> int | None:
    """Internal id of the partner that a customer has accepted, for those who have a right there."""
    accepted = Relation.objects.filter(customer_id=tenant, state=RelationState.ACCEPTED)
    return accepted.values_list("partner_id", flat=True).first()


def list_managed(partner: int) -> list[TenantRow]:
    """The customers that have accepted a partner, by name, for those who have a right there."""
    accepted = Relation.objects.filter(partner_id=partner, state=RelationState.ACCEPTED)
    rows = accepted.select_related("customer").order_by("customer__name", "id")
    return [tenant_row(relation.customer) for relation in rows]


def find_managed(*, partner: int, customer_id: str) -> TenantRow | None:
    """A customer that has accepted this partner; None for one that does not exist, is another's or
    has not accepted (T3, T14): these are told apart nowhere.
    """
    accepted = Relation.objects.filter(partner_id=partner, state=RelationState.ACCEPTED)
    found = accepted.filter(customer__customer_id=customer_id).select_related("customer").first()
    return tenant_row(found.customer) if found else None


def hold_managed(*, partner: int, customer: int) -> bool:
    """Whether a customer has this partner, and keeps it until this transaction ends."""
    return bool(sql.fetch("tenancy", "hold_relation", {"partner": partner, "customer": customer}))


def find_partner(*, actor: Actor, tenant: int) -> ManagingPartner | None:
    """The partner that a tenant has, or is to answer; None without one. Raises: NotFound."""
    if tenant not in actor.roles:
        raise NotFound
    open_ones = Relation.objects.filter(customer_id=tenant, state__in=OPEN)
    found = open_ones.select_related("partner").first()
    return _partner(found) if found else None


def _partner(row: Relation) -> ManagingPartner:
    return ManagingPartner(
        uid=str(row.uid),
        name=row.partner.name,
        company=find_company(row.partner_id),
        state=RelationState(row.state),
        made_by=row.made_by,
        made_at=row.made_at,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        asks_for_sign_on=row.asks_for_sign_on,
    )


def find_company(tenant: int) -> Company:
    """Where the company of a tenant is found. The caller has found who may know that."""
    with tenant_scope([tenant]):
        found = models.Company.objects.filter(tenant_id=tenant).first()
    return company_row(found) if found else Company()
