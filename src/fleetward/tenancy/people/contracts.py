"""Lists of people as others see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.tenancy.contracts import RoleChoice

MOST_PEOPLE = 1_000


class PersonOutcome(StrEnum):
    """How a row of a list ended, or would end.

    LET_IN is what is said beforehand of ADDED, INVITED and NO_MAIL alike: whether an address has an
    account, nobody learns by asking.
    """

    LET_IN = "LET_IN"
    ADDED = "ADDED"
    INVITED = "INVITED"
    LISTED = "LISTED"
    ALREADY_USER = "ALREADY_USER"
    DUPLICATE_ROW = "DUPLICATE_ROW"
    BAD_EMAIL = "BAD_EMAIL"
    UNKNOWN_ROLE = "UNKNOWN_ROLE"
    BEYOND_OWN_RIGHTS = "BEYOND_OWN_RIGHTS"
    NO_MAIL = "NO_MAIL"


# Those that let somebody in, or list somebody.
_LET_IN = frozenset({PersonOutcome.LET_IN, PersonOutcome.ADDED, PersonOutcome.INVITED})
GOOD = _LET_IN | {PersonOutcome.LISTED}
# Which of them it is follows from whether the address has an account.
BY_ACCOUNT = _LET_IN | {PersonOutcome.NO_MAIL}


@dataclass(frozen=True, slots=True)
class Person:
    """A row. `role`: as it was written; '' for somebody who is only listed, without access."""

    row_no: int
    email: str
    name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class PersonLine:
    person: Person
    outcome: PersonOutcome


@dataclass(frozen=True, slots=True)
class RoleWord:
    """A role by the words that lists may use for it. `may_give`: it may no more than the actor."""

    words: tuple[str, ...]
    choice: RoleChoice
    may_give: bool


class EmailColumnMissing(Invalid):
    code: ClassVar[str] = "email_column_missing"
    text: ClassVar[str] = "The list has no column of email addresses."
    fix: ClassVar[str] = "Give one column the header Email, and send the list again."


class NotWithoutAccess(Conflict):
    code: ClassVar[str] = "not_without_access"
    text: ClassVar[str] = "This user has access already."
    fix: ClassVar[str] = "Change the role of that user instead."
