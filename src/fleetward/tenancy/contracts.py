"""Tenants, members and their settings as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid


class TenantKind(StrEnum):
    VENDOR = "VENDOR"
    PARTNER = "PARTNER"
    HOLDING = "HOLDING"
    CUSTOMER = "CUSTOMER"


class Region(StrEnum):
    US = "US"
    EU = "EU"


class Role(StrEnum):
    """Roles of members (L1). What each may do is the matrix in `access.rules`."""

    IT_ADMIN = "IT_ADMIN"
    DEVICE_ADMIN = "DEVICE_ADMIN"
    REPORT_ADMIN = "REPORT_ADMIN"


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """What a tenant can set for itself. `expiring_days`: how far ahead Expiring begins (W10)."""

    time_zone: str = "UTC"
    language: str = "en"
    expiring_days: int = 180


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant. `id` is internal; the Customer ID is what users see and URLs hold (T1)."""

    id: int
    customer_id: str
    name: str
    kind: TenantKind
    region: Region
    settings: TenantSettings


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user in one tenant."""

    user_id: int
    uid: str
    email: str
    name: str
    role: Role
    is_active: bool
    joined_at: datetime
    signed_in_at: datetime | None


@dataclass(eq=False)
class AlreadyMember(Conflict):
    email: str

    code: ClassVar[str] = "already_member"
    text: ClassVar[str] = "{email} is already a user of this tenant."
    fix: ClassVar[str] = "Change the role of that user instead."


@dataclass(eq=False)
class LastAdmin(Conflict):
    """A tenant keeps at least one active IT Admin, or nobody could let anyone in again."""

    code: ClassVar[str] = "last_admin"
    text: ClassVar[str] = "This is the last IT Admin of the tenant."
    fix: ClassVar[str] = "Give another user the role IT Admin first."


@dataclass(eq=False)
class BadSetting(Invalid):
    name: str
    problem: str

    code: ClassVar[str] = "bad_setting"
    text: ClassVar[str] = "{name}: {problem}."
    fix: ClassVar[str] = "Correct the value and save again."
