"""Connections of a tenant as pages, programs and runs see them. Secrets never leave but sealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.connections.contracts import PAUSED, ConnectionRow, State
from fleetward.connections.models import Connection, Quota
from fleetward.connections.seals import unseal_field
from fleetward.infra.crypto import BadSeal
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import list_tenant_ids


@scoped
def list_connections(*, actor: Actor, tenant: int) -> list[ConnectionRow]:
    """Every connection of a tenant, by provider. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_CONNECTIONS, tenant=tenant)
    return rows_of(tenant)


@scoped
def find_connection(*, actor: Actor, tenant: int, provider: str) -> ConnectionRow | None:
    """A tenant's connection to one provider. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_CONNECTIONS, tenant=tenant)
    return next((row for row in rows_of(tenant) if row.provider == provider), None)


@scoped
def usable_connections(*, actor: Actor, tenant: int) -> dict[str, ConnectionRow]:
    """What a run can ask with, and why not: by provider, for who may refresh and not see these."""
    require(actor, Capability.REFRESH_WARRANTY, tenant=tenant)
    return {row.provider: row for row in rows_of(tenant)}


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many tenants have a connection to a provider that is switched on and does not work."""

    provider: str
    state: State
    tenants: int


def list_troubles(*, actor: Actor, vendor: int) -> list[Trouble]:
    """Over all tenants, for the operator, who does not learn which. Raises: NotFound, Forbidden."""
    require(actor, Capability.OPERATE, tenant=vendor)
    with tenant_scope(list_tenant_ids()):
        bad = Connection.objects.filter(is_enabled=True, state__in=[*PAUSED, State.FAILING])
        found = Counter(bad.values_list("provider", "state"))
    return [Trouble(provider, State(state), n) for (provider, state), n in sorted(found.items())]


def find_closed_key(*, tenants: Iterable[int]) -> str | None:
    """Id of a key that stored secrets are sealed with and that opens none of them, for the start:
    the key file is then of another installation."""
    opened: set[str] = set()
    closed: set[str] = set()
    with tenant_scope(tenants):
        rows = Connection.objects.values_list("tenant__customer_id", "provider", "sealed")
        for customer_id, provider, sealed in rows:
            for name, value in sealed.items():
                key = value.partition(":")[0]
                if key in opened:
                    continue
                try:
                    unseal_field(value, customer_id=customer_id, provider=provider, name=name)
                except BadSeal:
                    closed.add(key)
                else:
                    opened.add(key)
    return min(closed - opened, default=None)


def tenants_connected(*, tenants: Iterable[int], providers: Iterable[str]) -> list[int]:
    """Those of the tenants that have a connection to one of these providers, for what is done for
    each of them."""
    with tenant_scope(tenants):
        found = Connection.objects.filter(provider__in=list(providers)).order_by("tenant_id")
        return list(found.values_list("tenant_id", flat=True).distinct())


def rows_of(tenant: int) -> list[ConnectionRow]:
    """Within a scope that somebody else has opened and judged."""
    used = {q.connection_id: q for q in Quota.objects.filter(tenant_id=tenant)}
    found = Connection.objects.filter(tenant_id=tenant).order_by("provider")
    return [_row(one, used.get(one.id)) for one in found]


def _row(one: Connection, quota: Quota | None) -> ConnectionRow:
    is_of_today = quota is not None and quota.used_on == utc_now().astimezone(UTC).date()
    return ConnectionRow(
        id=one.id,
        uid=str(one.uid),
        tenant=one.tenant_id,
        provider=one.provider,
        label=one.label or one.provider,
        is_enabled=one.is_enabled,
        settings=one.settings,
        secrets=frozenset(one.sealed),
        has_next_secret=bool(one.sealed_next),
        revision=one.revision,
        secret_expires_on=one.secret_expires_on,
        next_expires_on=one.next_expires_on,
        next_tested_at=one.next_tested_at,
        next_error=one.next_error,
        state=State(one.state),
        state_text=one.state_text,
        tested_at=one.tested_at,
        latest_success_at=one.latest_success_at,
        errors=one.errors,
        simulated_at=one.simulated_at,
        used_today=quota.used if quota is not None and is_of_today else 0,
        updated_at=one.updated_at,
    )
