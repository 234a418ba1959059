"""The tenants of partners in the scope of an operator who works on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleetward.kernel.actor import Actor

# Gives the scope of a partner to an operator, who may do nothing there.
OPERATING = "OPERATING"


def reaching(actor: Actor, partners: Iterable[int]) -> Actor:
    """The actor with these partners in scope; a right of its own there stays."""
    return replace(actor, roles={**dict.fromkeys(partners, OPERATING), **actor.roles})
