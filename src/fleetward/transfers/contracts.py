"""Transfers as others see them: states, outcomes of rows, previews, and the refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from fleetward.devices.contracts import Problem
from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.texts import N_

# Headers of a file (X3), in any language.
SERIAL_HEADER, CUSTOMER_HEADER, MANUFACTURER_HEADER = "Serial Number", "Customer ID", "Manufacturer"
# So long after its end a transfer can be undone (X11).
UNDO_LASTS = timedelta(days=30)
# So long a preview waits for somebody to start it, and a mixed file to be split.
WAITS_FOR = timedelta(days=1)


class TransferKind(StrEnum):
    """What says which devices move. UNDO takes another transfer back."""

    FILE = "FILE"
    SELECTION = "SELECTION"
    UNDO = "UNDO"


class TransferState(StrEnum):
    """Where a transfer is. READY waits for a person; from DONE on nothing changes any more."""

    READING = "READING"
    MATCHING = "MATCHING"
    READY = "READY"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    STOPPED = "STOPPED"
    REFUSED = "REFUSED"
    DISCARDED = "DISCARDED"


# States that a worker moves on by itself; one without a heartbeat has lost its worker.
WORKING = frozenset(
    {
        TransferState.READING,
        TransferState.MATCHING,
        TransferState.RUNNING,
        TransferState.CANCELLING,
    }
)
# Nothing has moved yet: such a transfer can be discarded as a whole.
UNMOVED = frozenset({TransferState.READING, TransferState.MATCHING, TransferState.READY})
# Every row has its outcome for good.
ENDED = frozenset({TransferState.DONE, TransferState.CANCELLED, TransferState.STOPPED})


class RowOutcome(StrEnum):
    """How one row ended; FOUND is still to be moved.

    MERGED: the target listed this device already, and both are one now (T14). TARGET_GONE,
    RIGHT_LOST, CANCELLED and STOPPED: the row's turn came too late. RETURNED and CHANGED_SINCE are
    of an undo.
    """

    FOUND = "FOUND"
    MOVED = "MOVED"
    MERGED = "MERGED"
    NOT_FOUND = "NOT_FOUND"
    DUPLICATE = "DUPLICATE"
    AMBIGUOUS = "AMBIGUOUS"
    REFUSED = "REFUSED"
    TARGET_GONE = "TARGET_GONE"
    RIGHT_LOST = "RIGHT_LOST"
    CANCELLED = "CANCELLED"
    STOPPED = "STOPPED"
    RETURNED = "RETURNED"
    CHANGED_SINCE = "CHANGED_SINCE"

    @property
    def is_success(self) -> bool:
        return self in _SUCCESSES


_SUCCESSES = frozenset({RowOutcome.MOVED, RowOutcome.MERGED, RowOutcome.RETURNED})
# What somebody can correct; FOUND has not come to its turn.
# What became of a tenant's own devices: all that the source reads of the partner's file (X10).
OF_THE_SOURCE = tuple(o for o in RowOutcome if o in _SUCCESSES)
FAILURES = tuple(o for o in RowOutcome if o not in _SUCCESSES and o is not RowOutcome.FOUND)


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """The rows of one Customer ID in a mixed file (X4). `name`: '' where no transfer can go there.

    `first_row` is the first of them.
    """

    customer_id: str
    rows: int
    first_row: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a transfer would do (X5). Each number is of devices.

    `users`, `locations` and `tags` have a value that is sealed with the move (X10). `effects`: what
    else follows, by the codes of `devices.contracts.EffectLine`.
    """

    users: int = 0
    locations: int = 0
    tags: int = 0
    effects: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file was read: shown, so that nothing about it is guessed in silence."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    blank_rows: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Party:
    """A tenant of a transfer, by what people know it by; a holding tenant is known by its page."""

    name: str
    customer_id: str
    is_holding: bool = False


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer as a line of a list.

    `target` and `file_name` are told to whoever may transfer in the source alone: a customer does
    not learn of another one. `counts`: rows by outcome; they add up to `rows` from READY on.
    """

    uid: uuid.UUID
    kind: TransferKind
    state: TransferState
    source: Party
    target: Party | None
    partner: str
    file_name: str
    started_by: str
    rows: int
    done_rows: int
    counts: Mapping[RowOutcome, int]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def moved(self) -> int:
        return sum(count for outcome, count in self.counts.items() if outcome.is_success)

    @property
    def failed(self) -> int:
        return self.rows - self.moved if self.state in ENDED else 0

    @property
    def found(self) -> int:
        """Devices that are still to be moved."""
        return self.counts.get(RowOutcome.FOUND, 0)


@dataclass(frozen=True, slots=True)
class TransferDetail:
    """One transfer. `refusals`: refused rows by their reason. `groups` of a mixed file, and
    `more_groups` beside them where it names too many customers to be split.

    `split_into` are the transfers made of them, `undone_by` the one that takes this one back.
    `undo_until`: None where it cannot be undone any more, or not yet.
    """

    row: TransferRow
    reading: Reading
    preview: Preview
    refusals: Mapping[str, int]
    problem: Problem | None
    groups: tuple[CustomerGroup, ...]
    more_groups: int
    split_into: tuple[uuid.UUID, ...]
    undo_of: uuid.UUID | None
    undone_by: uuid.UUID | None
    undo_until: datetime | None
    outcome_digest: str

    @property
    def may_split(self) -> bool:
        return any(group.name for group in self.groups) and not self.split_into


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """Devices that have come to a tenant from its partner. It learns not from whom they came."""

    uid: uuid.UUID
    partner: str
    devices: int
    merged: int
    is_return: bool
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """How one row ended. `serial` as it was given."""

    row_no: int
    serial: str
    manufacturer: str
    customer_id: str
    outcome: RowOutcome
    refusal: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What a door hands over beside the bytes of a file."""

    file_name: str
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """`is_repeated`: the transfer is that of an earlier, equal request."""

    uid: uuid.UUID
    is_repeated: bool = False


@dataclass(eq=False)
class ColumnsMissing(Invalid):
    """Known once the file has been read."""

    columns: str

    code: ClassVar[str] = "transfer_columns_missing"
    text: ClassVar[str] = N_("The first row of the file has no header: {columns}.")
    fix: ClassVar[str] = N_("Take the sample file, or give the columns these headers.")


@dataclass(eq=False)
class MixedTargets(Invalid):
    """X4: all rows carry the same Customer ID."""

    customers: int
    row: int

    code: ClassVar[str] = "transfer_mixed_targets"
    text: ClassVar[str] = N_(
        "The rows carry {customers} different Customer IDs; row {row} is the first that differs."
    )
    fix: ClassVar[str] = N_("Split the file by customer, or send one file for each of them.")


@dataclass(eq=False)
class TooManyToSplit(Conflict):
    """Not all of its customers are known, and none may be left out in silence."""

    customers: int
    most: int

    code: ClassVar[str] = "transfer_too_many_customers"
    text: ClassVar[str] = N_(
        "The file names {customers} customers; one of more than {most} is not split."
    )
    fix: ClassVar[str] = N_("Send several files, each with the rows of fewer customers.")


@dataclass(eq=False)
class TargetMissing(Invalid):
    row: int

    code: ClassVar[str] = "transfer_target_missing"
    text: ClassVar[str] = N_("Row {row} carries no Customer ID.")
    fix: ClassVar[str] = N_("Give every row the Customer ID of the customer that gets the devices.")


@dataclass(eq=False)
class UnknownTarget(Invalid):
    """Missing, another partner's, or not accepted yet: told apart nowhere (X4, T14)."""

    customer: str

    code: ClassVar[str] = "transfer_unknown_target"
    text: ClassVar[str] = N_("None of your customers that have accepted has the ID {customer}.")
    fix: ClassVar[str] = N_(
        "Copy the Customer ID from the customer's account page. A customer that has not accepted "
        "its invitation yet can be given no devices."
    )


@dataclass(eq=False)
class TargetIsSource(Invalid):
    code: ClassVar[str] = "transfer_target_is_source"
    text: ClassVar[str] = N_("The devices are already where the file would move them.")
    fix: ClassVar[str] = N_(
        "Open the transfer on the page of the customer that has the devices now, or correct the "
        "Customer ID."
    )


@dataclass(eq=False)
class TransferNotReady(Conflict):
    """What was asked for does not fit the state that the transfer is in."""

    state: str

    code: ClassVar[str] = "transfer_not_ready"
    text: ClassVar[str] = N_("This transfer cannot do that now; its state is {state}.")
    fix: ClassVar[str] = N_("Open the transfer to see where it is.")


@dataclass(eq=False)
class TransferBroken(Conflict):
    """The worker gave up after several tries; its log says why."""

    code: ClassVar[str] = "transfer_broken"
    text: ClassVar[str] = N_("The transfer stopped because of an error on the server.")
    fix: ClassVar[str] = N_(
        "Send the rows that have not moved again; if it stops again, ask the operator to read the "
        "log."
    )


@dataclass(eq=False)
class TransferRightLost(Conflict):
    """Rights are checked when work is done, not only when it is queued (hardening, tenants)."""

    code: ClassVar[str] = "transfer_right_lost"
    text: ClassVar[str] = N_("Whoever started the transfer may no longer transfer devices here.")
    fix: ClassVar[str] = N_("Let somebody with the right send the file again.")


@dataclass(eq=False)
class TargetGone(Conflict):
    code: ClassVar[str] = "transfer_target_gone"
    text: ClassVar[str] = N_("The customer that was to get the devices is no longer yours.")
    fix: ClassVar[str] = N_("The devices that had not moved stayed where they are.")


@dataclass(eq=False)
class TargetSuspended(Conflict):
    """It adds nothing by any door (L3); what a transfer had brought can always go back."""

    code: ClassVar[str] = "transfer_target_suspended"
    text: ClassVar[str] = N_("All licence keys of the customer that was to get them have ended.")
    fix: ClassVar[str] = N_("Let the customer add a new key, and send the devices again then.")


@dataclass(eq=False)
class TransferNeedsPerson(Conflict):
    """A token cannot prove who uses it, as a person on a page does."""

    devices: int
    most: int

    code: ClassVar[str] = "transfer_needs_person"
    text: ClassVar[str] = N_("A program may move {most} devices at a time, not {devices}.")
    fix: ClassVar[str] = N_("Start the transfer on its page, or send smaller files.")


@dataclass(eq=False)
class NothingToUndo(Conflict):
    """Nothing was moved, it is too long ago, or it is being undone already (X11)."""

    code: ClassVar[str] = "transfer_nothing_to_undo"
    text: ClassVar[str] = N_("This transfer cannot be undone.")
    fix: ClassVar[str] = N_(
        "A transfer can be undone once, for 30 days. Later, transfer the devices back by a file."
    )
