"""The five families of errors that cross a border, and what fails without anybody's mistake.

Concrete errors are dataclasses in a context's `contracts`. They know nothing of HTTP:
`api.errors` and `web.errors` translate each family once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar

from fleetward.kernel.texts import N_


class DomainError(Exception):
    """An expected refusal with a code that never changes.

    `code` is stable and documented in `docs/reference/errors.md`; `text` says what happened and
    `fix` what to do. Both may hold `{field}` placeholders, filled from the fields of a concrete
    error. Those are declared with `@dataclass(eq=False)`, not frozen: Python sets `__traceback__`.
    """

    code: ClassVar[str] = "error"
    text: ClassVar[str] = "The request could not be completed."
    fix: ClassVar[str] = ""

    def details(self) -> dict[str, object]:
        """The typed fields of this error, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)} if is_dataclass(self) else {}

    def __str__(self) -> str:
        return self.text.format(**self.details())


class Invalid(DomainError):
    """What was sent cannot be accepted as it is (HTTP 422)."""

    code: ClassVar[str] = "invalid"


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does (HTTP 404)."""

    code: ClassVar[str] = "not_found"
    text: ClassVar[str] = "Nothing was found at this address."
    fix: ClassVar[str] = "Check the address, or go back to the list."


class Forbidden(DomainError):
    """The actor sees it but may not do this with it (HTTP 403)."""

    code: ClassVar[str] = "forbidden"
    text: ClassVar[str] = "Your role does not allow this."
    fix: ClassVar[str] = "Ask an IT Admin of this tenant for the right."


class Conflict(DomainError):
    """It clashes with the present state (HTTP 409)."""

    code: ClassVar[str] = "conflict"


class ChangedMeanwhile(Conflict):
    """Somebody else changed what is about to be overwritten."""

    code: ClassVar[str] = "changed_meanwhile"
    text: ClassVar[str] = N_("This was changed after you opened it.")
    fix: ClassVar[str] = N_("Look at what has changed, then send your changes again.")


class Unavailable(DomainError):
    """Something outside does not answer now (HTTP 503)."""

    code: ClassVar[str] = "unavailable"


@dataclass(eq=False)
class KeyReused(Invalid):
    """The same idempotency key came with something else (hardening, 4)."""

    key: str

    code: ClassVar[str] = "idempotency_key_reused"
    text: ClassVar[str] = N_("The idempotency key {key} was already used for another request.")
    fix: ClassVar[str] = N_("Use a new key for a new request, and the same key to repeat one.")


class ServerFailed(DomainError):
    """A mistake of ours: nothing about it is for the reader but the request's id."""

    code: ClassVar[str] = "server_error"
    text: ClassVar[str] = N_("The server failed to answer.")
    fix: ClassVar[str] = N_("Try again; if it fails again, give the request id to the operator.")


class ExpectedFailure(Exception):
    """A job could not do its work because a server that is not ours is away, or refuses.

    A later try may find it well. The runner tells it in a line of warning (design, 9).
    """
