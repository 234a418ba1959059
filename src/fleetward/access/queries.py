"""The questions every door asks: may this actor do that here, and over which tenants."""

from __future__ import annotations

from dataclasses import replace

from fleetward.access import rules
from fleetward.access.contracts import Capability, Scope
from fleetward.access.rules import may, rights_of
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import Forbidden, NotFound


def require(actor: Actor, capability: Capability, *, tenant: int) -> None:
    """Let pass, or refuse. Raises: NotFound out of sight, Forbidden without right."""
    if tenant not in actor.roles:
        raise NotFound
    if not may(actor.roles[tenant], capability):
        raise Forbidden


def is_allowed(actor: Actor, capability: Capability, *, tenant: int) -> bool:
    """The same as a yes or no, for what a page offers."""
    return may(actor.roles.get(tenant, ""), capability)


def only_in(actor: Actor, capability: Capability, *, tenant: int) -> Actor | None:
    """The actor in one tenant alone, with the customers that it spans, for a job that does what was
    asked for earlier; None once the right is lost (hardening, tenants).
    """
    if not is_allowed(actor, capability, tenant=tenant):
        return None
    kept = (tenant, *actor.spans.get(tenant, ()))
    return replace(actor, roles={one: actor.roles[one] for one in kept})


def capabilities(actor: Actor, *, tenant: int) -> frozenset[Capability]:
    """Everything that the actor may do in a tenant."""
    return rights_of(actor.roles.get(tenant, ""))


def scope(actor: Actor, capability: Capability) -> Scope:
    """What the visibility door is fed with. No relation by location exists yet."""
    tenants = tuple(t for t in actor.tenants if may(actor.roles[t], capability))
    return Scope(tenants=tenants, locations=(), capability=capability, spans=actor.spans)


def reach_of(role: str) -> frozenset[Capability]:
    """Everything that holders of a role may do anywhere by it, which is what they may give."""
    return rules.reach_of(role)


def on_offer(kind: str) -> frozenset[Capability]:
    """The permission list of a kind of tenant: what a custom role there can hold."""
    return rules.on_offer(kind)
