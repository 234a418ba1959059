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


class PendingKind(StrEnum):
    """Why a machine is not enrolled yet. HELD: somebody else holds it (T11)."""

    HELD = "HELD"


class EnrolmentState(StrEnum):
    """What became of an enrolment, as its machine is told."""

    ENROLLED = "ENROLLED"
    HELD = "HELD"


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine tells of itself."""

    manufacturer: str
    serial: str
    product_number: str = ""
    model: str = ""
    name: str = ""
    domain: str = ""
    os: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A machine that wants to be enrolled, by a PIN as somebody has typed it.

    `key`: a secret of the machine's own making, by which it can ask again without being enrolled
    twice. `address` and `request_id` are those of the call.
    """

    pin: str
    key: str
    machine: Machine
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`credential` is told to whoever knows the key; `device` once there is one."""

    state: EnrolmentState
    credential: str
    device: UUID | None
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class AgentRow:
    """Whom a credential speaks for."""

    uid: UUID
    tenant: int
    state: EnrolmentState
    device: UUID | None


@dataclass(frozen=True, slots=True)
class PinUse:
    """A machine that a PIN enrolled; '' and None once it is gone from sight."""

    at: datetime
    device: UUID | None
    name: str
    serial: str


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
