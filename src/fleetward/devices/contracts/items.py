"""One call for many devices, each with its own values: its items, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from fleetward.kernel.errors import Conflict

MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class DeviceItem:
    """One device of a call for many, by its id or its identity. `given`: fields of DeviceInput."""

    given: Mapping[str, str | bool | date | None]
    uid: UUID | None = None
    # Why it is refused whatever is there: it is of the wrong form.
    unfit: ItemReason | None = None


@dataclass(frozen=True, slots=True)
class ItemReason:
    """Why one is refused. Doors have words for a `refusal`; the others say `detail` and `fix`."""

    code: str
    field: str
    refusal: str = ""
    detail: str = ""
    fix: str = ""


class ItemOutcome(StrEnum):
    """How one of them ended. CREATED: added, or a deleted one that came back."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class ItemEnd:
    """The outcome of one; `reason` says why it is refused."""

    outcome: ItemOutcome
    uid: UUID | None = None
    reason: ItemReason | None = None


@dataclass(frozen=True, slots=True)
class StoredDevices:
    """Under which id the outcomes of such a call are kept, and these in their order."""

    uid: UUID
    ends: Sequence[ItemEnd]


@dataclass(frozen=True, slots=True)
class StoreCallRow:
    """Such a call, with its items by outcome."""

    uid: UUID
    started_by: str
    on_behalf: str
    request_id: str
    created: int
    changed: int
    unchanged: int
    refused: int
    created_at: datetime


@dataclass(eq=False)
class DevicesOvertaken(Conflict):
    """Somebody else adds devices of the same identities, and was first each time."""

    code: ClassVar[str] = "devices_overtaken"
    text: ClassVar[str] = "Somebody else was adding the same devices at the same moment."
    fix: ClassVar[str] = "Send them again; nothing of it was stored."
