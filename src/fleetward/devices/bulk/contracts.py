"""Selections and bulk changes as others see them: kinds, states, outcomes, and the refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol

from fleetward.devices.contracts import Problem
from fleetward.kernel.errors import Conflict, Invalid, NotFound
from fleetward.kernel.rights import Capability
from fleetward.kernel.texts import N_

MOST_SELECTED = 1_000_000
SELECTION_LIFETIME = timedelta(days=1)
# So many selections, and devices in all of them together, one user has in a tenant at most.
MOST_KEPT = 20
MOST_KEPT_DEVICES = 3 * MOST_SELECTED
# A change of so many is over before a person would look away: it needs no worker.
FEW_DEVICES = 200
# So long after its end an import can be undone, as a transfer can (X11).
UNDO_DAYS = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A statement that gives the id and the time of the latest change of each device to select.

    Whoever makes it starts at the visibility door.
    """

    text: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SelectionRow:
    """Devices that a user has selected, exactly these, for a day.

    `query` is the filter of the list that they were selected from; `is_whole`: all that it left;
    `name`: of their view or group. `not_found` are ids that name no device in sight.
    """

    id: int
    uid: uuid.UUID
    query: str
    is_whole: bool
    devices: int
    created_at: datetime
    expires_at: datetime
    not_found: tuple[uuid.UUID, ...] = ()
    name: str = ""

    @property
    def is_small(self) -> bool:
        return self.devices <= FEW_DEVICES


@dataclass(frozen=True, slots=True)
class SinceSelected:
    """What has become of the devices of a selection by when work has read them.

    `changed_since` are there and were changed after they were selected; `gone` were deleted, or are
    out of sight. All others of `devices` are as they were.
    """

    devices: int
    changed_since: int
    gone: int

    @property
    def is_as_it_was(self) -> bool:
        return not (self.changed_since or self.gone)

    @property
    def told(self) -> dict[str, int]:
        """As trail and notifications keep it."""
        return {"selected": self.devices, "changed_since": self.changed_since, "gone": self.gone}


class SelectionReader(Protocol):
    """An upper context whose work reads selections (design, 3)."""

    def still_reads(self, selection: int) -> bool:
        """Whether work that has begun still reads it: then it outlives its day."""
        ...


class BulkKind(StrEnum):
    """What is done to each device of a selection."""

    EDIT = "EDIT"
    GROUP_ADD = "GROUP_ADD"
    GROUP_REMOVE = "GROUP_REMOVE"
    DELETE = "DELETE"
    RESTORE = "RESTORE"
    UNDO_IMPORT = "UNDO_IMPORT"

    @property
    def needs(self) -> Capability:
        return _NEEDS[self]

    @property
    def of_group(self) -> bool:
        return self in (BulkKind.GROUP_ADD, BulkKind.GROUP_REMOVE)

    @property
    def has_taken(self) -> BulkOutcome:
        """How the devices ended to which its undo does something."""
        return BulkOutcome.REMOVED if self is BulkKind.UNDO_IMPORT else BulkOutcome.DONE


_NEEDS = {
    BulkKind.EDIT: Capability.EDIT_DEVICES,
    BulkKind.GROUP_ADD: Capability.MANAGE_GROUPS,
    BulkKind.GROUP_REMOVE: Capability.MANAGE_GROUPS,
    BulkKind.DELETE: Capability.DELETE_DEVICES,
    BulkKind.RESTORE: Capability.EDIT_DEVICES,
    BulkKind.UNDO_IMPORT: Capability.DELETE_DEVICES,
}
# What takes each kind back.
OPPOSITE = {
    BulkKind.EDIT: BulkKind.EDIT,
    BulkKind.GROUP_ADD: BulkKind.GROUP_REMOVE,
    BulkKind.GROUP_REMOVE: BulkKind.GROUP_ADD,
    BulkKind.DELETE: BulkKind.RESTORE,
    # The devices that were removed come back; values are not set a second time.
    BulkKind.UNDO_IMPORT: BulkKind.RESTORE,
}


# What can be changed of many devices at once. An asset tag or a name is one device's own.
EDITABLE = ("assigned_user", "location", "country", "model", "purchased_on", "is_virtual", "plan")


class BulkState(StrEnum):
    """Where a bulk change is. FAILED: it could not go on; the devices done before stay done."""

    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"

    @property
    def is_open(self) -> bool:
        return self in (BulkState.RUNNING, BulkState.CANCELLING)


class BulkOutcome(StrEnum):
    """How one device of a bulk change ended.

    CHANGED_SINCE: it was changed after it was selected, or after what is to be taken back, and so
    was left alone. GONE: it was deleted, or is out of sight. SKIPPED: the bulk change was cancelled
    or failed before its turn. REMOVED: an import had made it, and its undo deleted it; DONE is then
    one whose former values are back.
    """

    DONE = "DONE"
    REMOVED = "REMOVED"
    UNCHANGED = "UNCHANGED"
    CHANGED_SINCE = "CHANGED_SINCE"
    GONE = "GONE"
    REFUSED = "REFUSED"
    SKIPPED = "SKIPPED"


class BulkRefusal(StrEnum):
    """Why a device is refused a change."""

    OTHER_MANUFACTURER = "OTHER_MANUFACTURER"
    # Of the undo of an import: a later list names the device as well, or another device has by now
    # what would be its manufacturer, serial and product number again.
    LISTED_AGAIN = "LISTED_AGAIN"
    IDENTITY_TAKEN = "IDENTITY_TAKEN"


@dataclass(frozen=True, slots=True)
class BulkCounts:
    """Devices by outcome. Their sum is the number of devices, once a bulk change has ended."""

    done: int = 0
    removed: int = 0
    unchanged: int = 0
    changed_since: int = 0
    gone: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def ended(self) -> int:
        return sum(getattr(self, name) for name in self.__slots__)

    @property
    def left_alone(self) -> int:
        """Those that were to be changed and were not."""
        return self.changed_since + self.gone + self.refused + self.skipped


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One bulk change. `params`: what was asked for; `undo_of`: the one that it takes back."""

    id: int
    uid: uuid.UUID
    kind: BulkKind
    state: BulkState
    started_by: str
    on_behalf: str
    request_id: str
    params: Mapping[str, object]
    query: str
    is_whole: bool
    devices: int
    counts: BulkCounts
    undo_of: uuid.UUID | None
    created_at: datetime
    finished_at: datetime | None
    problem: Problem | None = None

    @property
    def is_small(self) -> bool:
        return self.devices <= FEW_DEVICES

    @property
    def has_undo(self) -> bool:
        """Deleting again takes a security code (E10), so that a restoration has no undo."""
        taken = getattr(self.counts, self.kind.has_taken.lower())
        is_over = not self.state.is_open and taken > 0
        return is_over and self.undo_of is None and self.kind in OPPOSITE


@dataclass(frozen=True, slots=True)
class BulkItemRow:
    """How one device ended, with what it was then; `device` is None once it is out of sight."""

    device: uuid.UUID | None
    manufacturer: str
    serial: str
    name: str
    outcome: BulkOutcome
    refusal: str


@dataclass(frozen=True, slots=True)
class ImportUndo:
    """What can be undone of an import. `until`: None where nothing was stored.

    `change` is the latest undo that was begun.
    """

    until: datetime | None
    is_possible: bool
    change: BulkRow | None = None


@dataclass(frozen=True, slots=True)
class LeftDevice:
    """A device that an undo leaves alone. `fields`: field -> (left by the import, by now).

    `actor` and `at` tell who did that last, where the history knows.
    """

    device: uuid.UUID | None
    manufacturer: str
    serial: str
    name: str
    outcome: BulkOutcome
    refusal: str = ""
    fields: Mapping[str, tuple[object, object]] = made(default_factory=dict)
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing an import would do now; `left` are the first of those that it leaves alone."""

    counts: BulkCounts
    left: tuple[LeftDevice, ...]


@dataclass(eq=False)
class SelectionGone(NotFound):
    """Selections are kept for a day."""

    code: ClassVar[str] = "selection_gone"
    text: ClassVar[str] = "This selection is not kept any more."
    fix: ClassVar[str] = "Select the devices again; a selection is kept for a day."


@dataclass(eq=False)
class TooManySelections(Conflict):
    """All that a user may keep are worked on."""

    code: ClassVar[str] = "too_many_selections"
    text: ClassVar[str] = N_("Too many of your selections are being worked on.")
    fix: ClassVar[str] = N_("Wait until one of your bulk changes, exports or runs has ended.")


@dataclass(eq=False)
class NothingSelected(Conflict):
    code: ClassVar[str] = "nothing_selected"
    text: ClassVar[str] = "No device is selected."
    fix: ClassVar[str] = "Select devices in the list first."


@dataclass(eq=False)
class NothingToChange(Invalid):
    code: ClassVar[str] = "nothing_to_change"
    text: ClassVar[str] = "No field is to be changed."
    fix: ClassVar[str] = "Fill in what the devices are to have, or clear a field."


@dataclass(eq=False)
class BulkOver(Conflict):
    code: ClassVar[str] = "bulk_over"
    text: ClassVar[str] = "This bulk change is over."
    fix: ClassVar[str] = "Start a new one if you want."


@dataclass(eq=False)
class NothingToUndo(Conflict):
    code: ClassVar[str] = "nothing_to_undo"
    text: ClassVar[str] = "There is nothing to take back."
    fix: ClassVar[str] = "Open the bulk change to see how its devices ended."


@dataclass(eq=False)
class NoMembers(Conflict):
    """Devices are in a dynamic group because they fit its filter."""

    code: ClassVar[str] = "group_is_dynamic"
    text: ClassVar[str] = "Devices cannot be put into a dynamic group or taken out of it."
    fix: ClassVar[str] = "Change the filter of the group, or use a static group."


@dataclass(eq=False)
class GroupGone(Conflict):
    code: ClassVar[str] = "group_gone"
    text: ClassVar[str] = "The group was deleted meanwhile."
    fix: ClassVar[str] = "Choose another group."


@dataclass(eq=False)
class BulkRightLost(Conflict):
    """Rights are checked when work is done, not only when it is queued (hardening, tenants)."""

    code: ClassVar[str] = "bulk_right_lost"
    text: ClassVar[str] = "Whoever started the bulk change may no longer do that here."
    fix: ClassVar[str] = "Let somebody with the right start it again."


@dataclass(eq=False)
class BulkBroken(Conflict):
    code: ClassVar[str] = "bulk_broken"
    text: ClassVar[str] = "The bulk change stopped because of an error on the server."
    fix: ClassVar[str] = "Start it again; if it stops again, ask the operator to read the log."


@dataclass(eq=False)
class ImportUndone(Conflict):
    """An import is undone once."""

    code: ClassVar[str] = "import_undone"
    text: ClassVar[str] = N_("This import was undone already.")
    fix: ClassVar[str] = N_("Open the import to see how its devices ended.")


@dataclass(eq=False)
class UndoChanged(Conflict):
    """Other numbers of devices would be removed, or get former values back, than were shown."""

    code: ClassVar[str] = "import_undo_changed"
    text: ClassVar[str] = N_("What undoing this import does has changed since it was shown.")
    fix: ClassVar[str] = N_("Look at the new numbers, and type the new security code.")


@dataclass(eq=False)
class UndoTooLate(Conflict):
    """Its time is over (X11)."""

    until: date

    code: ClassVar[str] = "import_undo_too_late"
    text: ClassVar[str] = N_("This import could be undone until {until}.")
    fix: ClassVar[str] = N_("Select its devices in the list, and change or delete them there.")


@dataclass(eq=False)
class NothingImported(Conflict):
    """Nothing of the list was stored, or all that was is taken back."""

    code: ClassVar[str] = "import_nothing_to_undo"
    text: ClassVar[str] = N_("This import added and changed no device that is left to undo.")
    fix: ClassVar[str] = N_("Open the import to see how its rows ended.")
