"""Capabilities, and the check of one for the contexts below `access`, which decides (design 3.4).

Contexts above it call `access.queries.require`, which is the same check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from fleetward.kernel.actor import Actor


class Capability(StrEnum):
    """One thing that may be allowed. Routes name the capability that they need."""

    SEE_DEVICES = "SEE_DEVICES"
    EDIT_DEVICES = "EDIT_DEVICES"
    DELETE_DEVICES = "DELETE_DEVICES"
    IMPORT_DEVICES = "IMPORT_DEVICES"
    EXPORT_DEVICES = "EXPORT_DEVICES"
    MANAGE_GROUPS = "MANAGE_GROUPS"
    SEE_WARRANTY = "SEE_WARRANTY"
    REFRESH_WARRANTY = "REFRESH_WARRANTY"
    ENTER_WARRANTY = "ENTER_WARRANTY"
    SEE_CONNECTIONS = "SEE_CONNECTIONS"
    MANAGE_CONNECTIONS = "MANAGE_CONNECTIONS"
    SEE_USERS = "SEE_USERS"
    MANAGE_USERS = "MANAGE_USERS"
    MANAGE_SETTINGS = "MANAGE_SETTINGS"
    SEE_AUDIT = "SEE_AUDIT"
    ISSUE_TOKENS = "ISSUE_TOKENS"
    SEE_NOTIFICATIONS = "SEE_NOTIFICATIONS"
    SEE_CUSTOMERS = "SEE_CUSTOMERS"
    MANAGE_CUSTOMERS = "MANAGE_CUSTOMERS"
    SEE_TRANSFERS = "SEE_TRANSFERS"
    TRANSFER_DEVICES = "TRANSFER_DEVICES"
    ASK_SUPPORT = "ASK_SUPPORT"
    OPERATE = "OPERATE"
    ENROL_DEVICES = "ENROL_DEVICES"
    MANAGE_ENROLMENT = "MANAGE_ENROLMENT"
    MANAGE_LICENCES = "MANAGE_LICENCES"


# What everybody has who may enter a tenant: its home is the dashboard.
BASIC = frozenset(
    {
        Capability.SEE_DEVICES,
        Capability.SEE_WARRANTY,
        Capability.SEE_NOTIFICATIONS,
        Capability.ASK_SUPPORT,
    }
)
# To change something one must see it.
_NEEDS: Mapping[Capability, Capability] = {
    Capability.MANAGE_CONNECTIONS: Capability.SEE_CONNECTIONS,
    Capability.MANAGE_USERS: Capability.SEE_USERS,
    Capability.MANAGE_CUSTOMERS: Capability.SEE_CUSTOMERS,
}


def complete(rights: Iterable[Capability]) -> frozenset[Capability]:
    """Rights with those that they need, and the ones that everybody has."""
    given = frozenset(rights)
    return given | BASIC | {_NEEDS[one] for one in given & set(_NEEDS)}


class RightCheck(Protocol):
    def __call__(self, actor: Actor, capability: Capability, *, tenant: int) -> None:
        """Let pass, or refuse. Raises: NotFound, Forbidden."""
        ...


class NobodyDecides(RuntimeError):
    """No check is registered: a mistake in how this process was started. Nothing is allowed."""


# What a role word may give to others, at most.
Reach = Callable[[str], frozenset[Capability]]
_checks: list[RightCheck] = []
_reaches: list[Reach] = []


def decided_by(check: RightCheck, reach: Reach) -> None:
    """Called once at start by the app configuration of `access`."""
    _checks[:] = [check]
    _reaches[:] = [reach]


def require(actor: Actor, capability: Capability, *, tenant: int) -> None:
    """Let pass, or refuse. Raises: NotFound out of sight, Forbidden without right."""
    if not _checks:
        raise NobodyDecides
    _checks[0](actor, capability, tenant=tenant)


def reach_of(role: str) -> frozenset[Capability]:
    """Everything that a role word stands for, also in tenants that come with it (T3): nobody gives
    a role that reaches further than the own one.
    """
    if not _reaches:
        raise NobodyDecides
    return _reaches[0](role)
