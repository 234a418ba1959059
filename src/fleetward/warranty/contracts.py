"""What crosses the border of `warranty`: the provider port, entitlements, coverage, runs.

The vocabulary is domain.md §5. Connectors implement `WarrantyProvider` and are found by the entry
point group `fleetward.warranty_providers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from fleetward.connections.contracts import Connection, Health
from fleetward.kernel.errors import Conflict, Invalid, NotFound


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
class DeviceKey:
    """What a provider is asked with. `serial` is canonical (trimmed, upper case).

    An answer counts only for a device that still has this key (W17).
    """

    serial: str
    product_number: str = ""
    country: str = ""
    manufacturer: str = ""


class AnswerKind(StrEnum):
    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Answer:
    """One device's result. `payload` is the vendor's own JSON for this device: the evidence (W18).

    `reason` is set for NOT_FOUND and REFUSED. FOUND without entitlements is allowed.
    """

    key: DeviceKey
    kind: AnswerKind
    reason: Reason | None = None
    entitlements: tuple[Entitlement, ...] = ()
    model: str = ""
    ships_on: date | None = None
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """What one call of `ask` gave. `resume` (a vendor's job id or page mark) is None at last.

    A caller stores `resume` before it asks again, not before `wait` has passed, so that a killed
    worker goes on with the vendor's job instead of submitting it again. `is_simulated` says that
    a simulator answered (W20).
    """

    answers: Sequence[Answer] = ()
    resume: str | None = None
    wait: timedelta = timedelta(0)
    is_simulated: bool = False


class Trouble(StrEnum):
    """Kinds of `ProviderError`; the run decides from the kind alone what to do.

    NOT_CALLED: nothing was sent, because this installation may not call the address.
    """

    LOGIN_REQUIRED = "LOGIN_REQUIRED"
    CREDENTIALS_EXPIRED = "CREDENTIALS_EXPIRED"
    NOT_PERMITTED = "NOT_PERMITTED"
    RATE_LIMITED = "RATE_LIMITED"
    UNREACHABLE = "UNREACHABLE"
    NOT_CALLED = "NOT_CALLED"
    BAD_ANSWER = "BAD_ANSWER"


@dataclass(eq=False)
class ProviderError(Exception):
    """A provider could not be asked. `text` is in the vendor's own words, without secrets."""

    kind: Trouble
    text: str
    retry_after: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One setting of a connection's form. A secret one is sealed and shown masked (W2).

    `choices` are the values allowed, each with its label. `made_up` makes a value where not any
    text will do for a simulator, as with keys.
    """

    name: str
    label: str
    is_secret: bool = False
    is_multiline: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    help: str = ""
    made_up: Callable[[], str] | None = None

    def example(self) -> str:
        """A value that simulators accept and that means nothing anywhere else."""
        if self.made_up is not None:
            return self.made_up()
        return next(iter(self.choices), "simulated")


@dataclass(frozen=True, slots=True)
class ProviderTraits:
    """What a provider is like. Calls per minute and per UTC day: 0 means that no limit is known.

    `manufacturers` are the canonical manufacturers (`devices.rules`) it answers for.
    `secret_lifetime_days`: how long a credential lives from its creation (W3); 0 is unlimited.
    """

    key: str
    label: str
    manufacturers: tuple[str, ...]
    default_base_url: str
    fields: tuple[ConfigField, ...]
    max_batch: int
    calls_per_minute: int = 0
    calls_per_day: int = 0
    needs_user_login: bool = False
    needs_product_number: bool = False
    needs_country: bool = False
    enrolled_only: bool = False
    max_answer_bytes: int = 8 * 1024 * 1024
    secret_lifetime_days: int = 0
    documentation_url: str = ""

    @property
    def needs_credentials(self) -> bool:
        """Whether there is anything to enter: else it is enough to switch the provider on."""
        return bool(self.fields)


class WarrantyProvider(Protocol):
    """The port of a vendor's warranty service. Three methods at most; no retries, no database."""

    traits: ClassVar[ProviderTraits]

    def check(self, conn: Connection) -> Health:
        """Sign in and ask the smallest question. A refusal is in Health, never raised."""
        ...

    def ask(self, conn: Connection, devices: Sequence[DeviceKey], resume: str | None) -> Page:
        """Ask for at most `traits.max_batch` devices; each is answered once by the last page.

        One call of `ask` is one call of the vendor's data service (and a sign-in when due), so
        that a quota can be kept around it; what takes two calls takes two pages. A device that the
        vendor left out of its answer without saying why has no answer at all: it stays due.

        Raises: ProviderError.
        """
        ...


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


ProviderRegistry = Mapping[str, WarrantyProvider]


class RunState(StrEnum):
    """Where a run stands (W7). DONE_WITH_PROBLEMS: some devices could not be asked about."""

    PLANNING = "PLANNING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    DONE_WITH_PROBLEMS = "DONE_WITH_PROBLEMS"
    CANCELLED = "CANCELLED"

    @property
    def is_open(self) -> bool:
        return self in (RunState.PLANNING, RunState.RUNNING)


class Trigger(StrEnum):
    """What a run visits: every device of the tenant, or one."""

    BULK = "BULK"
    DEVICE = "DEVICE"


# How a device of a run ended: one of these, or the reason (`Reason`) why there is no answer.
FOUND = "FOUND"
NOT_FOUND = "NOT_FOUND"
CANCELLED = "CANCELLED"
DELETED = "DELETED"
# The run had to be ended: it took too long, or our own part of it failed again and again.
STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `devices` is how many it visits, known once it is planned."""

    id: int
    uid: str
    tenant: int
    state: RunState
    trigger: Trigger
    started_by: str
    devices: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProviderProgress:
    """How far a run is with one provider; '' stands for the devices that no provider answers for.

    `failed` were asked about in vain, `skipped` were not asked about; both by reason. `simulated`
    are those for which a simulator answered, whatever it said (W20).
    """

    provider: str
    found: int = 0
    not_found: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    simulated: int = 0

    @property
    def done(self) -> int:
        return self.found + self.not_found + sum(self.failed.values()) + sum(self.skipped.values())

    @property
    def devices(self) -> int:
        return self.done + self.waiting


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One line of a run's summary: how one device ended, and what it was when it was asked about.

    `is_simulated`: a simulator answered for it (W20).
    """

    manufacturer: str
    serial: str
    name: str
    provider: str
    outcome: str
    is_simulated: bool


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
class UnknownProvider(NotFound):
    """No connector of this name is installed."""

    code: ClassVar[str] = "warranty_unknown_provider"
    text: ClassVar[str] = "There is no such external service."
    fix: ClassVar[str] = "Choose one from the list of external services."


@dataclass(eq=False)
class UnknownField(Invalid):
    """A field that the provider's connection does not have."""

    name: str

    code: ClassVar[str] = "warranty_unknown_field"
    text: ClassVar[str] = "There is no field {name}."
    fix: ClassVar[str] = "Send only the fields of this external service."


@dataclass(eq=False)
class RunOver(Conflict):
    """The run has ended, so that there is nothing to cancel."""

    code: ClassVar[str] = "run_over"
    text: ClassVar[str] = "This bulk processing is over."
    fix: ClassVar[str] = "Start a new one if you want."


@dataclass(eq=False)
class BadNotCover(Invalid):
    """An entry of the list of what is no hardware cover would match every line."""

    code: ClassVar[str] = "warranty_bad_not_cover"
    text: ClassVar[str] = "An entry needs a code or a part of the name."
    fix: ClassVar[str] = "Fill in one of the two."
