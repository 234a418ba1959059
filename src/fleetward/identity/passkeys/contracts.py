"""Passkeys as others see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_

MOST_PASSKEYS = 20
NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class RelyingSite:
    """For whom a passkey is made: the name of the site, and the address that pages have."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the browser is asked, and what must be remembered to judge its answer, once."""

    options: Mapping[str, Any]
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    uid: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(eq=False)
class PasskeyRefused(Invalid):
    code: ClassVar[str] = "passkey_refused"
    text: ClassVar[str] = N_("This passkey is not accepted.")
    fix: ClassVar[str] = N_("Try again, or sign in another way.")


@dataclass(eq=False)
class TooManyPasskeys(Conflict):
    most: int = MOST_PASSKEYS

    code: ClassVar[str] = "too_many_passkeys"
    text: ClassVar[str] = N_("You have {most} passkeys already.")
    fix: ClassVar[str] = N_("Remove one that you do not use any more.")
