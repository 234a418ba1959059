"""PINs by which machines are enrolled (E7), and how enrolments are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from fleetward.kernel.errors import Conflict, Forbidden, Invalid

MOST_DAYS = 365
MOST_USES = 1_000_000
MOST_MACHINES = 10_000
# Of a list of them.
MOST_LIST_BYTES = 2 * 1024 * 1024
MOST_DOMAINS = 100
MOST_PRESENCE_DAYS = 365


class PinKind(StrEnum):
    """PIN is the company PIN, which enrols any machine (E7). ZERO_TOUCH enrols those alone that
    were registered beforehand (E8). There is one of each for a tenant.
    """

    PIN = "PIN"
    ZERO_TOUCH = "ZERO_TOUCH"


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
    """Why a machine is not enrolled yet. REGISTERED: it has not asked (E8). HELD: somebody else
    holds it (T11). DOMAIN: it asked from a domain that is not listed (E9).
    """

    REGISTERED = "REGISTERED"
    HELD = "HELD"
    DOMAIN = "DOMAIN"


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
    # Kept only where the tenant wants to know (E14).
    user: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A machine that wants to be enrolled, by a PIN as somebody has typed it.

    `key`: a secret of the machine's own making, by which it can ask again without being enrolled
    twice. `is_attended`: somebody is there to be asked, and `confirms_domain` has been (E9).
    `address` and `request_id` are those of the call.
    """

    pin: str
    key: str
    machine: Machine
    address: str = ""
    request_id: str = ""
    is_attended: bool = False
    confirms_domain: bool = False


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


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A machine that is not enrolled yet."""

    uid: UUID
    kind: PendingKind
    manufacturer: str
    serial: str
    product_number: str
    name: str
    domain: str
    added_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedMachine:
    """A row that registers nothing, counted from 1, and why: a `Refusal` of devices."""

    row: int
    serial: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Registered:
    """How many machines were registered, how many waited already, and those that were refused."""

    added: int
    known: int
    refused: tuple[RefusedMachine, ...]


@dataclass(frozen=True, slots=True)
class EnrolmentSettings:
    """What a tenant sets. `domains`: from which machines enrol without a question (E9); none asks
    nothing. `collects_presence`: last signed-in user and location are kept (E14), for so many days.
    """

    domains: tuple[str, ...] = ()
    collects_presence: bool = False
    presence_days: int = 30


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """Who was signed in last on a device and where, as its machine told (E14)."""

    user: str
    location: str
    seen_at: datetime


class PresenceEffect(StrEnum):
    """What a move does to what was collected, as a preview counts it (X5)."""

    PRESENCE_STAYS = "PRESENCE_STAYS"


class DomainNotListed(Conflict):
    """Somebody at the machine is asked (E9); nobody else learns that this was the reason."""

    code: ClassVar[str] = "domain_not_listed"
    text: ClassVar[str] = (
        "The domain of this machine is not one of those that the tenant has listed."
    )
    fix: ClassVar[str] = "Make sure that it belongs here, then confirm it and enrol again."


@dataclass(eq=False)
class BadDomain(Invalid):
    domain: str

    code: ClassVar[str] = "bad_domain"
    text: ClassVar[str] = "{domain} is not a domain."
    fix: ClassVar[str] = "Give domains such as acme.example, at most 100, one in each line."


@dataclass(eq=False)
class BadPresenceDays(Invalid):
    most: int = MOST_PRESENCE_DAYS

    code: ClassVar[str] = "bad_presence_days"
    text: ClassVar[str] = "Give a number of days from 1 to {most}."
    fix: ClassVar[str] = "Correct the value and send it again."


@dataclass(eq=False)
class TooManyMachines(Invalid):
    most: int = MOST_MACHINES

    code: ClassVar[str] = "too_many_machines"
    text: ClassVar[str] = "At most {most} machines can be registered at once."
    fix: ClassVar[str] = "Register them in parts."


@dataclass(eq=False)
class UnreadableList(Invalid):
    """A list of machines to register."""

    problem: str

    code: ClassVar[str] = "unreadable_list"
    text: ClassVar[str] = "The list cannot be read: {problem}."
    fix: ClassVar[str] = (
        "Give a first line that names the columns, such as: Manufacturer;Serial number."
    )
