"""Serial lists as others see them: states, outcomes of rows, and the refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from fleetward.devices.contracts import Problem
from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_

# What of a file tells which device a row means.
NAMING_FIELDS = ("serial", "manufacturer", "product_number", "model")


class SerialState(StrEnum):
    """Where a list is. From READY on nothing changes any more; REFUSED: the file as a whole."""

    READING = "READING"
    READY = "READY"
    REFUSED = "REFUSED"


class SerialOutcome(StrEnum):
    """What one row of a list names.

    DUPLICATE: what another row names too. AMBIGUOUS: several devices have this serial, and the row
    does not tell which one. REFUSED: its serial identifies no device.
    """

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    DUPLICATE = "DUPLICATE"
    AMBIGUOUS = "AMBIGUOUS"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class SerialListRow:
    """One list. `counts`: rows by outcome, whose sum is `rows` once it is READY.

    `selection` holds what was found, for a day; None where nothing was. `deletion` is the latest
    bulk change that began to delete it.
    """

    uid: uuid.UUID
    state: SerialState
    file_name: str
    columns: Mapping[str, str]
    rows: int
    counts: Mapping[SerialOutcome, int]
    problem: Problem | None
    selection: uuid.UUID | None
    deletion: uuid.UUID | None
    created_at: datetime

    @property
    def done_rows(self) -> int:
        return sum(self.counts.values())

    @property
    def found(self) -> int:
        return self.counts[SerialOutcome.FOUND]


@dataclass(frozen=True, slots=True)
class SerialRowFound:
    """How one row ended. `deletion`: how its device ended in a bulk change, '' before that."""

    row_no: int
    serial: str
    manufacturer: str
    product_number: str
    outcome: SerialOutcome
    refusal: str
    deletion: str


@dataclass(eq=False)
class SerialsMissing(Invalid):
    """Known once the file has been read."""

    code: ClassVar[str] = "serials_missing"
    text: ClassVar[str] = N_("No column of the file gives serial numbers.")
    fix: ClassVar[str] = N_("Give the column of the serial numbers the header “Serial number”.")


@dataclass(eq=False)
class SerialsBroken(Conflict):
    """The worker gave up after several tries; its log says why."""

    code: ClassVar[str] = "serials_broken"
    text: ClassVar[str] = N_("Reading the file stopped because of an error on the server.")
    fix: ClassVar[str] = N_("Upload it again; if it stops again, ask the operator to read the log.")


@dataclass(eq=False)
class SerialsRightLost(Conflict):
    """Rights are checked when work is done, not only when it is queued (hardening, tenants)."""

    code: ClassVar[str] = "serials_right_lost"
    text: ClassVar[str] = N_("Whoever uploaded the file may no longer delete devices here.")
    fix: ClassVar[str] = N_("Let somebody with the right upload it again.")
