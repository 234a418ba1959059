"""The port of a vendor's warranty service: what is asked, what is answered, what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from fleetward.connections.contracts import Connection, Health
from fleetward.kernel.errors import Invalid, NotFound
from fleetward.warranty.contracts.coverage import Entitlement, Reason


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
    `asks_with_country`: its answer may be another one for another country.
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
    asks_with_country: bool = False
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


ProviderRegistry = Mapping[str, WarrantyProvider]


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
