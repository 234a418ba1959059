"""Who asks the API: a personal access token, which is bound to one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.config.env import env
from fleetward.identity.actions import spend_call, use_token
from fleetward.identity.contracts import Allowance, TooManyCalls
from fleetward.infra.requests import address_of
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.clock import day_in, utc_now
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries import get_tenant_by_id, roles_of_user

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


class TokenAuth(HttpBearer):
    """`Authorization: Bearer fwt_…` of a user who holds a capability in the token's tenant.

    The role is read anew for each request: a token never exceeds its user's present role.
    """

    def __init__(self, needs: Capability) -> None:
        super().__init__()
        self.needs = needs

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """Raises: Forbidden, TooManyCalls."""
        now = utc_now()
        holder = use_token(token=token, now=now)
        if holder is None:
            return None
        roles = roles_of_user(holder.user_id)
        if holder.tenant_id not in roles:
            return None
        actor = Actor(
            ActorKind.TOKEN,
            f"{holder.email} ({holder.name})",
            roles={holder.tenant_id: roles[holder.tenant_id]},
            user_id=holder.user_id,
            token_id=holder.token_id,
            on_behalf_of=holder.email,
            request_id=cast(Any, request).request_id,
            address=address_of(request),
        )
        _count_call(request, holder.token_id, now)
        require(actor, self.needs, tenant=holder.tenant_id)
        return Caller(actor, get_tenant_by_id(holder.tenant_id), holder.token_id, now)


def _count_call(request: HttpRequest, token_id: int, now: datetime) -> None:
    """Raises: TooManyCalls."""
    limit = env().api.calls_per_minute
    if not limit:
        return
    try:
        left = spend_call(token_id=token_id, limit=limit, now=now)
    except TooManyCalls as error:
        cast(Any, request).allowance = Allowance(error.limit, 0, error.seconds)
        raise
    cast(Any, request).allowance = left


def allowance_of(request: HttpRequest) -> Allowance | None:
    """What the token may still call; None where nothing was counted."""
    return cast("Allowance | None", getattr(request, "allowance", None))


def rate_headers(allowance: Allowance) -> dict[str, str]:
    """As many services tell it: calls of the minute, those left, and seconds until the next."""
    return {
        RATE_HEADERS[0]: str(allowance.limit),
        RATE_HEADERS[1]: str(allowance.remaining),
        RATE_HEADERS[2]: str(allowance.seconds),
    }


def caller_of(request: HttpRequest) -> Caller:
    """Whom the operation's `TokenAuth` has let in."""
    return cast(Caller, cast(Any, request).auth)
