"""Which tenants the selector at the top of the menu offers, and for whom the reader acts (T5)."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fleetward.tenancy.contracts import ManagingRole, TenantKind, TenantRow
from fleetward.tenancy.queries import list_some_tenants, list_tenants
from fleetward.web.door import Visit
from fleetward.web.shell import TenantChoice

COOKIE = "recent_tenants"
SECONDS = 365 * 24 * 3600
# So many are offered whole; of more, one's own and the latest, and the others by a search.
MOST_OFFERED, MOST_RECENT = 10, 5


def offered(visit: Visit) -> list[TenantRow]:
    """The tenants of the selector: a partner's, which stand for all customers, then by name."""
    return sorted(_offered(visit), key=lambda one: one.kind is not TenantKind.PARTNER)


def _offered(visit: Visit) -> list[TenantRow]:
    actor = visit.actor
    if len(actor.tenants) <= MOST_OFFERED:
        return list_tenants(actor=actor)
    managed = {one for customers in actor.spans.values() for one in customers}
    own = [one for one in actor.tenants if one not in managed][:MOST_OFFERED]
    return list_some_tenants(
        actor=actor, tenants=[*own, visit.tenant.id], customer_ids=_recent(visit.request)
    )


def choice(tenant: TenantRow) -> TenantChoice:
    if tenant.kind is TenantKind.HOLDING:
        return TenantChoice(_("Unassigned Devices"), tenant.customer_id)
    return TenantChoice(tenant.name, tenant.customer_id, tenant.kind is TenantKind.PARTNER)


def partner_of(visit: Visit, known: Sequence[TenantRow]) -> TenantChoice | None:
    """The partner for which the reader looks after this customer; None in one's own tenant."""
    word = visit.actor.roles[visit.tenant.id].partition(" ")[0]
    if word not in set(ManagingRole):
        return None
    partners = {one for one, them in visit.actor.spans.items() if visit.tenant.id in them}
    return next((choice(row) for row in known if row.id in partners), None)


def remember(visit: Visit, response: HttpResponse) -> None:
    """Put the tenant at the head of those that the reader was in."""
    if len(visit.actor.tenants) <= MOST_OFFERED:
        return
    here = visit.tenant.customer_id
    others = [one for one in _recent(visit.request) if one != here]
    word = ".".join([here, *others][:MOST_RECENT])
    response.set_cookie(COOKIE, word, max_age=SECONDS, samesite="Lax", httponly=True)


def _recent(request: HttpRequest) -> list[str]:
    words = request.COOKIES.get(COOKIE, "").split(".")
    return [word for word in words[:MOST_RECENT] if word.isalnum()]
