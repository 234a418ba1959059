"""What partners ordered as others see it, and the refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Invalid
from fleetward.kernel.texts import N_

MOST_EXPECTED = 10_000


class OrderedState(StrEnum):
    """Where a machine that a partner ordered is, as far as the partner may know (T9).

    SEEN: in its holding tenant. TRANSFERRED: it was there and is no more. DELETED: the partner has
    deleted it there. MISSING: no feed has brought it; who else may have it is nobody's business.
    """

    SEEN = "SEEN"
    TRANSFERRED = "TRANSFERRED"
    DELETED = "DELETED"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class OrderedRow:
    """A machine that was ordered. `since`: the day of the order, or when it was first told of.
    `waits`: for how many days it is missing, None for others. `told_by`: whoever of the partner
    expects it, '' where a feed has named it.
    """

    serial: str
    manufacturer: str
    product_number: str
    order_number: str
    location: str
    since: date
    state: OrderedState
    waits: int | None
    told_by: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them: of any of the states, with a serial or order number that begins so."""

    states: Sequence[OrderedState] = ()
    search: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What became of a list: rows added, known already, and refused with reasons by row number."""

    added: int
    known: int
    refused: Mapping[int, str]


@dataclass(eq=False)
class ExpectedColumnsMissing(Invalid):
    columns: str

    code: ClassVar[str] = "expected_columns_missing"
    text: ClassVar[str] = N_("The list lacks columns: {columns}.")
    fix: ClassVar[str] = N_("Give the columns the headers Serial Number and Manufacturer.")
