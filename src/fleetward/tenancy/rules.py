"""Invitations: how long they last, and what is kept of their links. Partners in their customers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from fleetward.kernel.rights import Capability
from fleetward.tenancy.contracts import HoldingRole, ManagingRole, Role

INVITATION_LASTS = timedelta(days=7)


_MANAGING: Mapping[str, ManagingRole] = {
    Role.PARTNER_ADMIN: ManagingRole.MANAGING_ADMIN,
    Role.PARTNER_SERVICE: ManagingRole.MANAGING_SPECIALIST,
}


# What a custom role needs to reach the customers of its partner.
SEES_CUSTOMERS = str(Capability.SEE_CUSTOMERS)


def managing_role(role: str) -> str | None:
    """What a member of a partner is in the tenants of its customers (T3); None for nobody there.

    A custom role takes its permissions along.
    """
    word, _, listed = role.partition(" ")
    if word == Role.PARTNER_CUSTOM:
        return (
            f"{ManagingRole.MANAGING_CUSTOM} {listed}" if SEES_CUSTOMERS in listed.split() else None
        )
    return _MANAGING.get(role)


_HOLDING: Mapping[str, HoldingRole] = {
    Role.PARTNER_ADMIN: HoldingRole.HOLDING_ADMIN,
    Role.PARTNER_SERVICE: HoldingRole.HOLDING_SPECIALIST,
}


def holding_role(role: str) -> str | None:
    """What a member of a partner is in its holding tenant (T8); None for nobody there.

    A custom role that sees customers has there what it lists of a specialist's permissions.
    """
    word, _, listed = role.partition(" ")
    if word == Role.PARTNER_CUSTOM:
        sees = SEES_CUSTOMERS in listed.split()
        return f"{HoldingRole.HOLDING_CUSTOM} {listed}" if sees else None
    return _HOLDING.get(role)


def is_guest(role: str) -> bool:
    """Whether somebody is in a tenant for a partner, and not as a member."""
    return role.partition(" ")[0] in {*ManagingRole, *HoldingRole}


def invitation_digest(token: str) -> str:
    """What is stored of a link's token. It has 256 random bits: a plain hash is enough."""
    return hashlib.sha256(f"invitation:{token}".encode()).hexdigest()


def customer_id_of(token: str) -> str:
    """The tenant that a token belongs to, so that it is looked for in that one only."""
    return token.partition("-")[0]
