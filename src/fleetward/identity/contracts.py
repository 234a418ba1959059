"""Users and tokens as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import DomainError, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class UserRow:
    id: int
    uid: str
    email: str
    name: str
    language: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who gets an account if there is none.

    `password` is the first one, to be changed at the first sign-in unless the person chose it.
    """

    email: str
    name: str = ""
    password: str | None = None
    has_chosen_password: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a token may still call in the present minute, and how many seconds that lasts."""

    limit: int
    remaining: int
    seconds: int


class TokenState(StrEnum):
    """ENDED: the user has another password since, or is disabled."""

    ALIVE = "ALIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class TokenLife:
    """What decides whether a token still speaks for its user.

    `password_mark` is kept from when it was made, `password` is the user's present hash.
    """

    revoked_at: datetime | None
    expires_at: datetime | None
    password_mark: str
    password: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token without its secret; `hint` is its beginning, to recognise it by."""

    uid: str
    tenant_id: int
    name: str
    hint: str
    user: str
    created_at: datetime
    expires_at: datetime | None
    latest_use_at: datetime | None
    state: TokenState


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who a token speaks for, in which tenant alone, and what it may still call, if limited."""

    token_id: int
    user_id: int
    email: str
    tenant_id: int
    name: str
    allowance: Allowance | None = None


@dataclass(eq=False)
class BadEmail(Invalid):
    email: str

    code: ClassVar[str] = "bad_email"
    text: ClassVar[str] = "{email} is not an email address."
    fix: ClassVar[str] = "Correct the address."


@dataclass(eq=False)
class WeakPassword(Invalid):
    problems: str

    code: ClassVar[str] = "weak_password"
    text: ClassVar[str] = "This password is too weak: {problems}"
    fix: ClassVar[str] = "Choose a longer one that is not a common word."


@dataclass(eq=False)
class UnknownUser(NotFound):
    email: str

    code: ClassVar[str] = "unknown_user"
    text: ClassVar[str] = "There is no user {email}."
    fix: ClassVar[str] = "Check the address; users are listed under Settings > Users."


@dataclass(eq=False)
class TooManyCalls(DomainError):
    """A token has made all its calls of this minute. Nothing was done."""

    limit: int
    seconds: int

    code: ClassVar[str] = "too_many_calls"
    text: ClassVar[str] = "This token has made its {limit} calls of this minute."
    fix: ClassVar[str] = "Wait {seconds} seconds, or ask for more devices at once."
