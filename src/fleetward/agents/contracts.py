"""PINs by which machines are enrolled (E7), and how enrolments are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from fleetward.kernel.errors import Forbidden, Invalid

MOST_DAYS = 365
MOST_USES = 1_000_000


class PinKind(StrEnum):
    """PIN is the company PIN, which enrols any machine (E7); there is one for a tenant."""

    PIN = "PIN"


class PinState(StrEnum):
    ALIVE = "ALIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    USED_UP = "USED_UP"


@dataclass(frozen=True, slots=True)
class PinTerms:
    """How long a PIN works, and for how many machines; None for no limit."""

    days: int | None = None
    most_uses: int | None = None


@dataclass(frozen=True, slots=True)
class PinRow:
    """A PIN without its symbols, which nobody can read again."""

    uid: UUID
    state: PinState
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    most_uses: int | None
    uses: int
    latest_use_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadePin:
    """A new PIN as it is told this once, in groups of four."""

    uid: UUID
    pin: str


@dataclass(frozen=True, slots=True)
class PinLife:
    """What decides whether a PIN still enrols."""

    revoked_at: datetime | None
    expires_at: datetime | None
    most_uses: int | None
    uses: int


@dataclass(eq=False)
class BadPinTerms(Invalid):
    """`name` is the field, `most` what it may be."""

    name: str
    most: int

    code: ClassVar[str] = "bad_pin_terms"
    text: ClassVar[str] = "{name}: give a number from 1 to {most}, or nothing."
    fix: ClassVar[str] = "Correct the value and send it again."


class EnrolmentRefused(Forbidden):
    """An unknown, old, revoked or used-up PIN, and too many tries: all alike (E7)."""

    code: ClassVar[str] = "enrolment_refused"
    text: ClassVar[str] = "This enrolment was refused."
    fix: ClassVar[str] = (
        "Compare the PIN with the one that an IT Admin has from Settings > Preferences. "
        "After many refusals wait for a quarter of an hour."
    )
