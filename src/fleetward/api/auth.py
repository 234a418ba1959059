"""Who asks the API: a personal access token, which is bound to one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.identity.actions import use_token
from fleetward.infra.requests import address_of
from fleetward.kernel.actor import Actor, ActorKind
from fleetward.kernel.clock import day_in, utc_now
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries import get_tenant_by_id, roles_of_user


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
        """Raises: Forbidden."""
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
        require(actor, self.needs, tenant=holder.tenant_id)
        return Caller(actor, get_tenant_by_id(holder.tenant_id), holder.token_id, now)


def caller_of(request: HttpRequest) -> Caller:
    """Whom the operation's `TokenAuth` has let in."""
    return cast(Caller, cast(Any, request).auth)
