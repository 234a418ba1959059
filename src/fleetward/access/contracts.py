"""Capabilities, the scope of a question, and the refusals of `access`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """One thing that may be allowed. Routes name the capability that they need."""

    SEE_DEVICES = "SEE_DEVICES"
    EDIT_DEVICES = "EDIT_DEVICES"
    DELETE_DEVICES = "DELETE_DEVICES"
    IMPORT_DEVICES = "IMPORT_DEVICES"
    EXPORT_DEVICES = "EXPORT_DEVICES"
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


@dataclass(frozen=True, slots=True)
class Scope:
    """What the visibility door `devices_visible(tenants, locations, capability)` is fed with."""

    tenants: tuple[int, ...]
    locations: tuple[int, ...]
    capability: Capability
