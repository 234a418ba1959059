"""Capabilities, and the check of one for the contexts below `access`, which decides (design 3.4).

Contexts above it call `access.queries.require`, which is the same check.
"""

from __future__ import annotations

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
    TRANSFER_DEVICES = "TRANSFER_DEVICES"
    ASK_SUPPORT = "ASK_SUPPORT"
    OPERATE = "OPERATE"
    ENROL_DEVICES = "ENROL_DEVICES"
    MANAGE_ENROLMENT = "MANAGE_ENROLMENT"


class RightCheck(Protocol):
    def __call__(self, actor: Actor, capability: Capability, *, tenant: int) -> None:
        """Let pass, or refuse. Raises: NotFound, Forbidden."""
        ...


class NobodyDecides(RuntimeError):
    """No check is registered: a mistake in how this process was started. Nothing is allowed."""


_checks: list[RightCheck] = []


def decided_by(check: RightCheck) -> None:
    """Called once at start by the app configuration of `access`."""
    _checks[:] = [check]


def require(actor: Actor, capability: Capability, *, tenant: int) -> None:
    """Let pass, or refuse. Raises: NotFound out of sight, Forbidden without right."""
    if not _checks:
        raise NobodyDecides
    _checks[0](actor, capability, tenant=tenant)
