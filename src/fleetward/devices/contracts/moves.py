"""Devices that go from one tenant to another (X10, X11, T14), and what their source still sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

# Of one call. Whoever moves more cuts it into slices, each its own transaction.
MOST_MOVED = 5_000
# A move can be taken back for 30 days (X11), and that may take its time.
MOVES_KEPT = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Move:
    """Devices go from `source` to `target` at a moment. `reference`: the transfer that moves them.

    To take one back it is given again, with the moment of that. Effects are then told the way back,
    with `is_return`.
    """

    source: int
    target: int
    reference: UUID
    at: datetime
    is_return: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A device that went. `is_merged`: with what the target listed of the same machine (T14)."""

    device: int
    uid: UUID
    is_merged: bool


class MoveEffect(StrEnum):
    """What a move does beside moving, as a preview counts it (X5).

    `SEALED_DEVICES` are those of which a user, a location or an asset tag is sealed (X10).
    """

    MERGED_LISTINGS = "MERGED_LISTINGS"
    SEALED_DEVICES = "SEALED_DEVICES"
    GROUP_MEMBERSHIPS = "GROUP_MEMBERSHIPS"
    SEALED_USERS = "SEALED_USERS"
    SEALED_LOCATIONS = "SEALED_LOCATIONS"
    SEALED_TAGS = "SEALED_TAGS"


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One of these, or of an upper context's own, and on how many it comes."""

    code: str
    count: int


class ReassignmentEffect(Protocol):
    """What an upper context does in the transaction that moves devices (design, 3)."""

    def devices_reassigned(self, *, move: Move) -> None:
        """Follow the devices in the temporary table `devices_moved` (device_id).

        They are in `move.target` already. `devices_merged` (device_id, listing_id): what the target
        listed of them, which is gone. On the way back `devices_parted` (device_id, listing_id):
        what had been merged, and is listed again in `move.source`.
        """
        ...

    def preview(self, *, move: Move) -> Sequence[EffectLine]:
        """What would change for the devices in the temporary table `devices_considered`
        (device_id)."""
        ...


@dataclass(frozen=True, slots=True)
class DepartureRow:
    """A device that a tenant gave away, as it was then.

    `target`: where it went, '' unless whoever asks sees that tenant. `undone_at`: the move was
    taken back. `is_here`: the device is in the tenant again, however it came.
    """

    id: int
    uid: UUID
    manufacturer: str
    serial: str
    product_number: str
    name: str
    model: str
    at: datetime
    undone_at: datetime | None
    target: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """A departure with what nobody else reads (X10): values by field, and names of groups."""

    departure: DepartureRow
    values: Mapping[str, str]
    groups: Sequence[str]
