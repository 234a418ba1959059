"""Second factors as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid, NotFound
from fleetward.kernel.texts import N_

CODES = 10


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What a user can prove themselves with beside the password."""

    app_since: datetime | None = None
    codes_left: int = 0
    passkeys: int = 0

    @property
    def has_app(self) -> bool:
        return self.app_since is not None

    @property
    def is_asked(self) -> bool:
        """Whether sign-in asks for a second proof."""
        return self.has_app or self.passkeys > 0


@dataclass(eq=False)
class WrongCode(Invalid):
    code: ClassVar[str] = "wrong_code"
    text: ClassVar[str] = N_("This code is not right, or was used already.")
    fix: ClassVar[str] = N_(
        "Wait for the next code of the app. If none is accepted, compare the clock of the device."
    )


@dataclass(eq=False)
class AppAlreadySetUp(Conflict):
    code: ClassVar[str] = "app_already_set_up"
    text: ClassVar[str] = N_("An authenticator app is set up already.")
    fix: ClassVar[str] = N_("Switch that one off first if you want another.")


@dataclass(eq=False)
class NoSecondFactor(NotFound):
    email: str

    code: ClassVar[str] = "no_second_factor"
    text: ClassVar[str] = N_("{email} has no second factor.")
    fix: ClassVar[str] = N_("Check the address; with a password alone nothing else is asked.")
