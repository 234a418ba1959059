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
    """An authenticated API request: the actor, reduced to the token's tenant, and the moment."""

    actor: Actor
    tenant: TenantRow
    now: datetime

    @property
    def today(self) -> date:
        return day_in(self.tenant.settings.time_zone, self.now)

    def require(self, capability: Capability) -> None:
        """Raises: NotFound, Forbidden."""
        require(self.actor, capability, tenant=self.tenant.id)


class TokenAuth(HttpBearer):
    """`Authorization: Bearer fwt_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
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
            request_id=cast(Any, request).request_id,
            address=address_of(request),
        )
        return Caller(actor, get_tenant_by_id(holder.tenant_id), now)


def caller_of(request: HttpRequest, capability: Capability) -> Caller:
    """The caller, once the capability is there. Raises: NotFound, Forbidden."""
    caller = cast(Caller, cast(Any, request).auth)
    caller.require(capability)
    return caller
