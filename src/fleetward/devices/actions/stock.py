"""The devices that one call is about, in memory: as they are, and as its items want them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from fleetward.devices.contracts import FIELDS, DeviceInput, DuplicateDevice
from fleetward.devices.models import Device
from fleetward.devices.rules import Maker, Stored, named
from fleetward.kernel.errors import NotFound

Identity = tuple[str, str, str]


def identity_of(device: DeviceInput) -> Identity:
    return device.serial, device.manufacturer, device.product_number


def values_of(device: DeviceInput) -> dict[str, object]:
    """By field; `asdict` copies each value, which costs ten times as much."""
    return {name: getattr(device, name) for name in FIELDS}


@dataclass(eq=False, slots=True)
class Held:
    """One device: `row` as it is stored, None for a new one; `wanted` as it is to be."""

    uid: UUID
    wanted: DeviceInput
    row: Device | None = None
    is_taken: bool = False
    before: DeviceInput | None = None

    @property
    def id(self) -> int | None:
        return self.row.id if self.row else None

    @property
    def was_active(self) -> bool:
        return self.row is not None and self.row.is_active

    @property
    def is_active(self) -> bool:
        return self.was_active or self.is_taken

    @property
    def differences(self) -> dict[str, dict[str, object]]:
        """The fields that change, before and after."""
        return {
            name: {"before": getattr(self.before, name), "after": getattr(self.wanted, name)}
            for name in FIELDS
            if self.before and getattr(self.before, name) != getattr(self.wanted, name)
        }


@dataclass(slots=True)
class Stock:
    """Knows devices by their ids and by their serials, as earlier items have left them."""

    rows: Iterable[Device]
    by_uid: dict[UUID, Held] = field(default_factory=dict)
    by_serial: dict[str, list[Held]] = field(default_factory=dict)
    taken: list[Held] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row in self.rows:
            stored = DeviceInput(**{name: getattr(row, name) for name in FIELDS})
            held = Held(row.uid, stored, row, before=stored)
            self.by_uid[row.uid] = held
            self._put(held)

    def _put(self, held: Held) -> None:
        self.by_serial.setdefault(held.wanted.serial, []).append(held)

    def active(self, uid: UUID) -> Held:
        """Raises: NotFound."""
        held = self.by_uid.get(uid)
        if held is None or not held.is_active:
            raise NotFound
        return held

    def named(self, given: DeviceInput) -> Held | None:
        """The device that is meant without an id; None for a new one. Raises: BadDevice."""
        same = {held.uid: held for held in self.by_serial.get(given.serial, ())}
        stored = {
            uid: Stored(
                Maker(held.wanted.manufacturer, held.wanted.model),
                held.wanted.product_number,
                held.is_active,
            )
            for uid, held in same.items()
        }
        uid = named(Maker(given.manufacturer, given.model), given.product_number, stored)
        return None if uid is None else same[uid]

    def new(self, given: DeviceInput) -> Held:
        """A device that is not there yet."""
        return Held(uuid4(), given)

    def take(self, held: Held, wanted: DeviceInput) -> None:
        """Let a device be as wanted. Raises: DuplicateDevice, while another has its identity."""
        others = (other for other in self.by_serial.get(wanted.serial, ()) if other is not held)
        if any(identity_of(other.wanted) == identity_of(wanted) for other in others):
            raise DuplicateDevice(wanted.serial, wanted.manufacturer, wanted.product_number)
        if held.row is None:
            self.by_uid[held.uid] = held
        else:
            self.by_serial[held.wanted.serial].remove(held)
        held.wanted, held.is_taken = wanted, True
        self._put(held)
        self.taken.append(held)

    def given_up(self) -> list[int]:
        """Devices whose identity another one has from now on: theirs must go first."""
        wanted = {identity_of(held.wanted): held for held in self.taken}
        return [
            held.row.id
            for held in self.taken
            if held.row and held.before and wanted.get(identity_of(held.before), held) is not held
        ]
