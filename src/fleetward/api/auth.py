"""Who asks the API: a personal access token, which is bound to one tenant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from ninja.security import HttpBearer

from fleetward.access.contracts import ABOUT_DEVICES, Capability
from fleetward.access.queries import require
from fleetward.config.env import env
from fleetward.identity.actions import use_token
from fleetward.identity.contracts import Allowance, TokenHolder, TooManyCalls
from fleetward.infra.requests import address_of
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.clock import day_in, utc_now
from fleetward.tenancy.contracts import OneCustomerOnly, TenantKind, TenantRow
from fleetward.tenancy.queries import find_place, get_tenant, with_customers
from fleetward.tenancy.queries.destinations import with_holding

RATE_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated request: the actor, reduced to the token's tenant, and the moment."""

    actor: Actor
    tenant: TenantRow
    token_id: int
    now: datetime

    @property
    def today(self) -> date:
        return day_in(self.tenant.settings.time_zone, self.now)

    @property
    def expiring_days(self) -> int:
        return self.tenant.settings.expiring_days

    def one(self, uid: UUID | str) -> dict[str, Any]:
        """Who asks an action or a query about which object of the tenant."""
        return {"actor": self.actor, "tenant": self.tenant.id, "uid": uid}


class TokenAuth(HttpBearer):
    """`Authorization: Bearer fwt_…` of a user who holds a capability in the token's tenant.

    The role is read anew for each request: a token never exceeds its user's present role.
    """

    def __init__(self, needs: Capability, *, spans: bool = False) -> None:
        super().__init__()
        self.needs = needs
        self.spans = spans

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """Raises: Forbidden, TooManyCalls, OneCustomerOnly."""
        now = utc_now()
        holder = _holder(request, token, now)
        if holder is None:
            return None
        place = find_place(user_id=holder.user_id, tenant=holder.tenant_id)
        if place is None:
            return None
        cast(Any, request).allowance = holder.allowance
        role, tenant = place
        actor = Actor(
            ActorKind.TOKEN,
            f"{holder.email} ({holder.name})",
            roles={holder.tenant_id: role},
            user_id=holder.user_id,
            token_id=holder.token_id,
            on_behalf_of=holder.email,
            request_id=cast(Any, request).request_id,
            address=address_of(request),
        )
        if tenant.kind is TenantKind.PARTNER:
            actor = with_customers(actor, tenant=tenant.id)
        require(actor, self.needs, tenant=holder.tenant_id)
        if tenant.kind is TenantKind.PARTNER and self.needs in ABOUT_DEVICES and not self.spans:
            raise OneCustomerOnly
        return Caller(actor, tenant, holder.token_id, now)


def _holder(request: HttpRequest, token: str, now: datetime) -> TokenHolder | None:
    """Raises: TooManyCalls."""
    try:
        return use_token(token=token, now=now, limit=env().api.calls_per_minute)
    except TooManyCalls as error:
        cast(Any, request).allowance = Allowance(error.limit, 0, error.seconds)
        raise


def tell_allowance(request: HttpRequest, response: HttpResponseBase) -> None:
    """As many services tell it: calls of the minute, those left, and seconds until the next."""
    allowance = cast("Allowance | None", getattr(request, "allowance", None))
    if allowance is None:
        return
    told = (allowance.limit, allowance.remaining, allowance.seconds)
    for name, number in zip(RATE_HEADERS, told, strict=True):
        response[name] = str(number)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(allowance.seconds)


def caller_of(request: HttpRequest) -> Caller:
    """Whom the operation's `TokenAuth` has let in."""
    return cast(Caller, cast(Any, request).auth)


def caller_in(request: HttpRequest, customer_id: str) -> Caller:
    """The caller in the tenant that a program of a partner names: of one of its customers, or of
    what it holds for nobody (T8), with the rights that its user has on the pages there.

    Of anybody else it is the token's own. Raises: NotFound, OneCustomerOnly when nobody is named.
    """
    caller = caller_of(request)
    actor = caller.actor
    if caller.tenant.kind is TenantKind.PARTNER:
        actor = with_holding(actor, partner=caller.tenant.id)
    found = get_tenant(actor=actor, customer_id=customer_id) if customer_id else caller.tenant
    if found.kind is TenantKind.PARTNER:
        raise OneCustomerOnly
    return replace(caller, actor=actor, tenant=found)
