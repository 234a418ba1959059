"""Resale feeds as others see them: states, outcomes of rows, and the refusals."""

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


class FeedState(StrEnum):
    """READING the file, RUNNING until each row has its outcome. REFUSED: the file as a whole.

    STOPPED: rows so far have their outcomes, and the others, which are not looked at, are STOPPED.
    """

    READING = "READING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"
    REFUSED = "REFUSED"


WORKING = frozenset({FeedState.READING, FeedState.RUNNING})


class FeedOutcome(StrEnum):
    """How one row of a feed ended. Only HELD has changed anything.

    MOVED_ON: the partner had it by a feed and has transferred it since. REMOVED: the partner has
    deleted it. CLAIMED: another partner's feed had it first (T14). HELD_ELSEWHERE: a customer has
    it, and no feed brought it. NO_HOLDING: the partner has nobody certified, and so no place for
    it. DUPLICATE: an earlier row of the file names the same machine. STOPPED: the feed ended before
    its turn came.
    """

    HELD = "HELD"
    ALREADY_HELD = "ALREADY_HELD"
    MOVED_ON = "MOVED_ON"
    REMOVED = "REMOVED"
    CLAIMED = "CLAIMED"
    HELD_ELSEWHERE = "HELD_ELSEWHERE"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    NO_HOLDING = "NO_HOLDING"
    DUPLICATE = "DUPLICATE"
    REFUSED = "REFUSED"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class FeedUpload:
    """A file as it is sent. The same `request_key` with the same file is the same feed."""

    file_name: str
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class FeedSubmitted:
    """The feed that was made, or the first one with this key."""

    uid: uuid.UUID
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class FeedDetail:
    """One feed. `counts`: rows by outcome, whose sum is `rows` once it is DONE or STOPPED."""

    uid: uuid.UUID
    state: FeedState
    file_name: str
    digest: str
    uploaded_by: str
    columns: Mapping[str, str]
    rows: int
    counts: Mapping[FeedOutcome, int]
    problem: Problem | None
    outcome_digest: str
    created_at: datetime
    finished_at: datetime | None
    has_rows: bool

    @property
    def done_rows(self) -> int:
        return sum(self.counts.values())

    @property
    def is_working(self) -> bool:
        return self.state in WORKING


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A row with its outcome, for the operator alone. `holder`: the tenant that has the machine
    where another than the partner has it, by its name.
    """

    row_no: int
    location: str
    serial: str
    manufacturer: str
    product_number: str
    model: str
    order_number: str
    outcome: FeedOutcome
    refusal: str
    partner: str
    holder: str


@dataclass(eq=False)
class FeedColumnsMissing(Invalid):
    """Known once the file has been read."""

    columns: str

    code: ClassVar[str] = "feed_columns_missing"
    text: ClassVar[str] = N_("The file lacks columns: {columns}.")
    fix: ClassVar[str] = N_(
        "Give the columns the headers Partner Location ID, Serial Number and Manufacturer."
    )


@dataclass(eq=False)
class FeedBroken(Conflict):
    """The worker gave up after several tries; its log says why."""

    code: ClassVar[str] = "feed_broken"
    text: ClassVar[str] = N_("Working on the file stopped because of an error on the server.")
    fix: ClassVar[str] = N_(
        "Upload it again: what is done already changes nothing. If it stops again, read the log of "
        "the worker."
    )


@dataclass(eq=False)
class FeedRightLost(Conflict):
    """Rights are checked when work is done, not only when it is queued (hardening, tenants)."""

    code: ClassVar[str] = "feed_right_lost"
    text: ClassVar[str] = N_("Whoever uploaded the file is no operator any more.")
    fix: ClassVar[str] = N_("Let an operator upload it again.")


@dataclass(eq=False)
class FeedOvertaken(Conflict):
    """Somebody else wrote the same machines each time; the job tries again."""

    code: ClassVar[str] = "feed_overtaken"
    text: ClassVar[str] = N_("Somebody else is changing the same devices.")
    fix: ClassVar[str] = N_("Upload the file again: what is done already changes nothing.")
