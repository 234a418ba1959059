"""What crosses the border of `connections`: what a connector is handed, its health, its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from fleetward.kernel.errors import Conflict, Invalid


class State(StrEnum):
    """What is known of a connection. The two that need a person stop every run (W15)."""

    UNTESTED = "UNTESTED"
    OK = "OK"
    SIGN_IN_NEEDED = "SIGN_IN_NEEDED"
    CREDENTIALS_REFUSED = "CREDENTIALS_REFUSED"
    FAILING = "FAILING"


PAUSED = frozenset({State.SIGN_IN_NEEDED, State.CREDENTIALS_REFUSED})


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token of a vendor and the moment it stops working."""

    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls a vendor takes of one connection; 0 means that no such limit is known.

    A day is that of UTC (W15).
    """

    per_minute: int = 0
    per_day: int = 0

    @property
    def is_open(self) -> bool:
        """Whether calls may leave as they come."""
        return not self.per_minute and not self.per_day


@dataclass(frozen=True, slots=True)
class Slot:
    """The moment of a connection's next call, as the time to wait for it.

    Too far away it is not `is_taken`: `wait` is then when it makes sense to ask for one again.
    """

    wait: timedelta
    is_taken: bool = True


@dataclass(frozen=True, slots=True)
class Health:
    """The result of "Test connection": in the vendor's own words when it failed.

    `is_simulated`: it was a simulator that answered (W20).
    """

    is_ok: bool
    text: str
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class PastError:
    """What a vendor said when something went wrong, in its own words and without secrets."""

    at: datetime
    text: str


class Connection(Protocol):
    """One tenant's configured access to one provider, as a connector sees it.

    `settings` holds what is not secret (region, client id); `secret` opens a sealed field.
    """

    @property
    def provider(self) -> str: ...

    @property
    def base_url(self) -> str:
        """The operator's base URL of the provider, without a slash at its end."""
        ...

    @property
    def settings(self) -> Mapping[str, str]: ...

    def secret(self, field: str) -> str:
        """The opened secret of this name, or '' when none is stored."""
        ...

    def token(self, fetch: Callable[[], AccessToken]) -> str:
        """A token that still works, fetched under one lock for all workers when there is none."""
        ...

    def renew(self, stale: str, fetch: Callable[[], AccessToken]) -> str:
        """Replace the token `stale`, unless another worker already did; returns the present one."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What is open to see of a connection, and may be changed by several people."""

    settings: Mapping[str, str]
    is_enabled: bool
    secret_expires_on: date | None

    @property
    def values(self) -> dict[str, object]:
        """All of it under one name each."""
        own = {"is_enabled": self.is_enabled, "secret_expires_on": self.secret_expires_on}
        return {**self.settings, **own}


@dataclass(frozen=True, slots=True)
class Draft:
    """A connection as a form or a program sends it. A secret that is missing or '' is kept (W2).

    The values of the fields in `multiline` may have several lines.
    `secret_expires_on` None: counted from today by `lifetime_days`, when a secret is given (W3).
    `seen`: what its author found; what they left alone stays as it is by now. None: all is written.
    """

    provider: str
    label: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_enabled: bool = True
    secret_expires_on: date | None = None
    lifetime_days: int = 0
    multiline: frozenset[str] = frozenset()
    seen: Terms | None = None

    @property
    def terms(self) -> Terms:
        return Terms(self.settings, self.is_enabled, self.secret_expires_on)


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did. `has_new_credentials`: answers got with the old ones are in doubt (W20)."""

    is_new: bool
    has_new_credentials: bool
    waits_for_test: bool


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as pages and programs see it: `secrets` are the names of those stored.

    `errors` are the latest ones, newest first. `next_error` is what the vendor said to the secret
    that waits, '' before its test; it blames nothing that is in use.
    """

    id: int
    uid: str
    tenant: int
    provider: str
    label: str
    is_enabled: bool
    settings: Mapping[str, str]
    secrets: frozenset[str]
    has_next_secret: bool
    revision: int
    secret_expires_on: date | None
    next_expires_on: date | None
    next_tested_at: datetime | None
    next_error: str
    state: State
    state_text: str
    tested_at: datetime | None
    latest_success_at: datetime | None
    errors: tuple[PastError, ...]
    simulated_at: str
    used_today: int
    updated_at: datetime

    @property
    def terms(self) -> Terms:
        return Terms(self.settings, self.is_enabled, self.secret_expires_on)

    @property
    def is_usable(self) -> bool:
        """Whether a run may ask with it."""
        return self.is_enabled and self.state not in PAUSED


@dataclass(eq=False)
class SecretMissing(Invalid):
    """A connection cannot be enabled before its credentials are complete."""

    name: str

    code: ClassVar[str] = "connection_secret_missing"
    text: ClassVar[str] = "{name} is missing."
    fix: ClassVar[str] = "Enter it and save again."


@dataclass(eq=False)
class BadField(Invalid):
    """A value that no connector could send."""

    name: str
    problem: str

    code: ClassVar[str] = "connection_bad_field"
    text: ClassVar[str] = "{name}: {problem}."
    fix: ClassVar[str] = "Correct the value and save again."


@dataclass(eq=False)
class NotSetUp(Conflict):
    """The external service has no stored credentials."""

    provider: str

    code: ClassVar[str] = "connection_not_set_up"
    text: ClassVar[str] = "The external service {provider} is not set up."
    fix: ClassVar[str] = "Save its credentials under External services first."
