"""Opening a lane: the provider and the connection of this moment, or why nobody can be asked."""

from __future__ import annotations

from fleetward.connections.actions import open_connection
from fleetward.connections.contracts import NotSetUp
from fleetward.connections.queries import rows_of
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.warranty.actions.lanes import Lane
from fleetward.warranty.contracts import Reason, UnknownProvider
from fleetward.warranty.models import IdentityMark
from fleetward.warranty.queries.eligible import setup_problem
from fleetward.warranty.queries.providers import base_url_of, get_provider, limits_of


def open_lane(actor: Actor, run_id: int, tenant: int, key: str) -> Lane | str:
    """A lane with its connection as it is now, or the reason why there can be none."""
    try:
        provider = get_provider(key)
    except UnknownProvider:
        return Reason.VENDOR_NOT_SUPPORTED
    try:
        connection = open_connection(
            actor=actor, tenant=tenant, provider=key, base_url=base_url_of(provider.traits)
        )
    except NotSetUp:
        return Reason.NOT_CONFIGURED
    with tenant_scope([tenant]):
        IdentityMark.objects.get_or_create(tenant_id=tenant)
        row = next((row for row in rows_of(tenant) if row.provider == key), None)
    problem = setup_problem(row)
    if problem:
        return problem
    return Lane(actor, tenant, run_id, provider, connection, limits_of(provider.traits))
