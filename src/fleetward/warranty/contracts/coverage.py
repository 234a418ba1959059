"""Lines of cover, what they amount to, and why nothing is known (W8-W11, W17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Invalid


class Status(StrEnum):
    """Coverage of a device on a day (W10)."""

    IN = "IN"
    EXPIRING = "EXPIRING"
    OUT = "OUT"
    UNKNOWN = "UNKNOWN"


class Reason(StrEnum):
    """Why a status is unknown (W11). Each has a text and a fix in `warranty.texts`."""

    NOT_CHECKED = "NOT_CHECKED"
    NO_SERIAL = "NO_SERIAL"
    JUNK_SERIAL = "JUNK_SERIAL"
    PRODUCT_NUMBER_MISSING = "PRODUCT_NUMBER_MISSING"
    AMBIGUOUS_SERIAL = "AMBIGUOUS_SERIAL"
    WRONG_COMPANY = "WRONG_COMPANY"
    NOT_ENROLLED = "NOT_ENROLLED"
    COUNTRY_MISSING = "COUNTRY_MISSING"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    SIGN_IN_NEEDED = "SIGN_IN_NEEDED"
    CREDENTIALS_REFUSED = "CREDENTIALS_REFUSED"
    QUOTA_REACHED = "QUOTA_REACHED"
    VENDOR_DOWN = "VENDOR_DOWN"
    ANSWER_UNREADABLE = "ANSWER_UNREADABLE"
    NOT_FOUND_AT_VENDOR = "NOT_FOUND_AT_VENDOR"
    NO_COVER_LISTED = "NO_COVER_LISTED"
    VENDOR_NOT_SUPPORTED = "VENDOR_NOT_SUPPORTED"
    VIRTUAL_MACHINE = "VIRTUAL_MACHINE"


class EntitlementKind(StrEnum):
    """What a line of cover is, in our words; the vendor's own words stay in `name` and `code`."""

    BASE = "BASE"
    EXTENSION = "EXTENSION"
    CONTRACT = "CONTRACT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One line of cover. `ends_on` is the last covered day; None with `is_rolling`: open (W19).

    `code` is matched with the installation's list of codes that are no hardware cover (W9).
    """

    source: str
    code: str
    name: str
    kind: EntitlementKind
    starts_on: date | None
    ends_on: date | None
    service_level: str = ""
    number: str = ""
    is_rolling: bool = False
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the entitlements of one device amount to on `on` (W8-W11, W19).

    `ends_on` None with `is_rolling` is open-ended. `is_covered`: an interval includes `on`.
    """

    on: date
    status: Status
    is_covered: bool
    starts_on: date | None = None
    ends_on: date | None = None
    is_rolling: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class NotCover:
    """Installation-wide data: entitlement codes that are no hardware cover (W9).

    `provider` '' is any provider; `code` and `name_contains` compare without case; '' matches all.
    """

    provider: str
    code: str = ""
    name_contains: str = ""


@dataclass(frozen=True, slots=True)
class ManualWarranty:
    """A hand-entered warranty (W17). `ends_on` None: it runs until it is released (W19)."""

    name: str
    starts_on: date | None = None
    ends_on: date | None = None
    service_level: str = ""
    number: str = ""


@dataclass(eq=False)
class EndsBeforeStart(Invalid):
    """A hand-entered warranty that could never count."""

    code: ClassVar[str] = "warranty_ends_before_start"
    text: ClassVar[str] = "The warranty ends before it begins."
    fix: ClassVar[str] = "Correct the two dates."


@dataclass(eq=False)
class NameMissing(Invalid):
    code: ClassVar[str] = "warranty_name_missing"
    text: ClassVar[str] = "The warranty has no name."
    fix: ClassVar[str] = "Say what it is, for example the name of the contract."


@dataclass(eq=False)
class BadNotCover(Invalid):
    """An entry of the list of what is no hardware cover would match every line."""

    code: ClassVar[str] = "warranty_bad_not_cover"
    text: ClassVar[str] = "An entry needs a code or a part of the name."
    fix: ClassVar[str] = "Fill in one of the two."
