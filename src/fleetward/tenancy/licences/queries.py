"""Questions about licence keys and plans, and the guard of everything that adds to a tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from django.db.models import Count, QuerySet

from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import DomainError
from fleetward.kernel.rights import Capability, require
from fleetward.tenancy.contracts import LicenceState, TenantKind
from fleetward.tenancy.licences import rules
from fleetward.tenancy.licences.contracts import (
    Licence,
    LicenceRow,
    LicenceSuspended,
    Licensing,
    PlanRow,
    PlanWithoutKey,
    Programmes,
    SeatCount,
    Seats,
)
from fleetward.tenancy.models import LicenceKey, LicenceSigner, Plan, Tenant

_counts: list[SeatCount] = []
_programmes: list[Programmes] = []


def seats_counted_by(count: SeatCount) -> None:
    """Called once at start by whoever knows the devices."""
    _counts[:] = [count]


def programmes_known_by(programmes: Programmes) -> None:
    """Called once at start by whoever knows the certifications."""
    _programmes[:] = [programmes]


def require_licence(*, tenant: int, today: date) -> None:
    """Let pass, unless all licence keys of the tenant have ended (L3).

    For all that adds: imports, devices, enrolments and bulk processings. Raises: LicenceSuspended.
    """
    if is_suspended(tenant=tenant, today=today):
        raise LicenceSuspended


def is_suspended(*, tenant: int, today: date) -> bool:
    """The same as a question, for what begins by itself."""
    return Tenant.objects.filter(id=tenant, licensed_until__lt=today).exists()


def require_plan(*, actor: Actor, tenant: int, plan: str, today: date) -> None:
    """Let pass whoever may give devices this plan: one with a live key, or '' for the tenant's.

    Raises: NotFound, Forbidden, PlanWithoutKey.
    """
    require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    live = live_keys(tenant, today)
    if plan and not live.filter(plan_id=plan).exists():
        raise PlanWithoutKey(plan)


def live_keys(tenant: int, today: date) -> QuerySet[LicenceKey]:
    """Those that give seats today, for statements of this context. Within a tenant scope."""
    return LicenceKey.objects.filter(tenant_id=tenant, starts_on__lte=today, ends_on__gte=today)


@scoped
def list_plans_to_give(*, actor: Actor, tenant: int, today: date) -> list[PlanRow]:
    """The plans that `require_plan` lets pass, by rank. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    live = live_keys(tenant, today)
    return _plan_rows(Plan.objects.filter(code__in=live.values("plan_id")))


@scoped
def get_licensing(*, actor: Actor, tenant: int, today: date) -> Licensing:
    """How a tenant stands, with its keys and seats. Raises: NotFound, Forbidden."""
    require(actor, Capability.MANAGE_LICENCES, tenant=tenant)
    return licensing_of(Tenant.objects.get(id=tenant), today)


def numbers_to_move(standing: Licensing, plan: str, *, moves_all: bool = False) -> dict[str, int]:
    """How many devices of each plan go to another: those without a seat, as far as it has free
    seats, or all.
    """
    used = {one.plan.code: one.used for one in standing.seats}
    if moves_all:
        return {other: count for other, count in used.items() if count and other != plan}
    return rules.to_move(used, {one.plan.code: one.seats for one in standing.seats}, plan)


def licensing_of(tenant: Tenant, today: date) -> Licensing:
    """Within its scope."""
    plans = {row.code: row for row in list_plans()}
    keys = list(LicenceKey.objects.filter(tenant_id=tenant.id).order_by("-ends_on", "id"))
    licences = [licence_of(key, tenant.customer_id) for key in keys]
    used = in_use(tenant)
    seats = rules.live_seats(licences, today)
    shown = [code for code in plans if seats[code] or used[code]]
    return Licensing(
        state=rules.state_of(licences, used, today),
        plan=plans.get(tenant.plan, PlanRow(tenant.plan, tenant.plan, 0)),
        keys=[
            LicenceRow(licence, key.added_by, key.added_at)
            for licence, key in zip(licences, keys, strict=True)
        ],
        seats=[Seats(plans[code], seats[code], used[code]) for code in shown],
        plans=plans,
    )


def in_use(tenant: Tenant) -> Counter[str]:
    """Devices by plan. Within the tenant's scope."""
    found: Counter[str] = Counter()
    for count in _counts:
        found.update(count.in_use(tenant.id, tenant.plan))
    return found


def licence_of(key: LicenceKey, customer_id: str) -> Licence:
    return Licence(key.uid, customer_id, key.plan_id, key.seats, key.starts_on, key.ends_on)


def list_plans() -> list[PlanRow]:
    """Of the installation, by rank."""
    return _plan_rows(Plan.objects.all())


def _plan_rows(plans: QuerySet[Plan]) -> list[PlanRow]:
    return [
        PlanRow(row.code, row.name, row.rank, tuple(row.programmes), row.is_offered)
        for row in plans.order_by("rank", "code")
    ]


def plans_offered_by(partner: int) -> list[PlanRow]:
    """Those that a partner may choose for its customers by its certifications (T4), by rank.

    The caller has required MANAGE_CUSTOMERS.
    """
    with tenant_scope([partner]):
        certified = {one for known in _programmes for one in known.certified_for(partner)}
    return [
        plan
        for plan in list_plans()
        if plan.is_offered and rules.may_offer(plan.programmes, certified)
    ]


def public_key() -> bytes | None:
    """Of whoever signs licence keys here; None before the first was issued."""
    found = LicenceSigner.objects.values_list("public_key", flat=True).first()
    return bytes.fromhex(found) if found else None


def look_at_key(text: str) -> tuple[Licence, DomainError | None]:
    """What a key says, and why it would be refused by its text alone, for whoever issues them.

    Raises: LicenceDamaged, where it says nothing.
    """
    said = rules.peek(text)
    try:
        rules.read_key(text, public_key())
    except DomainError as refusal:
        return said, refusal
    return said, None


def tenants_with_licences() -> list[int]:
    """Those that have a key, or were told that they had, for the job that looks at each."""
    told = Tenant.objects.exclude(licensed_until=None, licence_state=LicenceState.UNLIMITED)
    return list(told.order_by("id").values_list("id", flat=True))


def count_licensing(*, actor: Actor, vendor: int) -> Mapping[str, Mapping[LicenceState, int]]:
    """How many customers there are by plan and by the state that was told last, and nothing more of
    them. Raises: NotFound, Forbidden.
    """
    require(actor, Capability.OPERATE, tenant=vendor)
    customers = Tenant.objects.filter(kind=TenantKind.CUSTOMER).values("plan", "licence_state")
    found: dict[str, dict[LicenceState, int]] = {}
    for row in customers.annotate(count=Count("id")):
        found.setdefault(row["plan"], {})[LicenceState(row["licence_state"])] = row["count"]
    return found
