"""What crosses the border of `devices`: a device as it is entered, and the refusals."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid


class Origin(StrEnum):
    """How a device came in. These three list a device; none enrols it (T10)."""

    CSV = "CSV"
    MANUAL = "MANUAL"
    API = "API"


@dataclass(frozen=True, slots=True)
class DeviceInput:
    """A device as a person or a program gives it; the action canonicalises (E12, W16)."""

    manufacturer: str
    serial: str
    product_number: str = ""
    name: str = ""
    model: str = ""
    assigned_user: str = ""
    asset_tag: str = ""
    location: str = ""
    country: str = ""
    purchased_on: date | None = None
    is_virtual: bool = False


# What `change_device` may change, in the order in which history shows it.
FIELDS = tuple(field.name for field in fields(DeviceInput))
# A change of one of these makes the vendor's earlier answer another machine's (W17).
IDENTITY_FIELDS = frozenset({"manufacturer", "serial", "product_number", "country"})
MOST_AT_ONCE = 50_000


@dataclass(eq=False)
class DuplicateDevice(Conflict):
    """The identity of T10 is taken in this tenant; what other tenants hold is never told."""

    serial: str
    manufacturer: str

    code: ClassVar[str] = "duplicate_device"
    text: ClassVar[str] = "{manufacturer} {serial} is already in the list."
    fix: ClassVar[str] = "Open that device and change it, or correct the serial number."


@dataclass(eq=False)
class BadDevice(Invalid):
    """One field of a device cannot be accepted. `field` is its name in `DeviceInput`."""

    field: str
    problem: str

    code: ClassVar[str] = "bad_device"
    text: ClassVar[str] = "{field}: {problem}"
    fix: ClassVar[str] = "Correct the value and save again."


@dataclass(eq=False)
class WrongSecurityCode(Invalid):
    """The security code (E10) was not typed as shown, or is older than its lifetime."""

    code: ClassVar[str] = "wrong_security_code"
    text: ClassVar[str] = "The security code is not the one that was shown, or it is too old."
    fix: ClassVar[str] = "Start again and type the code that is shown then."


@dataclass(eq=False)
class SelectionChanged(Conflict):
    """The devices behind a confirmed selection are no longer the ones that were shown."""

    code: ClassVar[str] = "selection_changed"
    text: ClassVar[str] = "The selected devices have changed since they were shown."
    fix: ClassVar[str] = "Look at the list again and select what to delete."


@dataclass(eq=False)
class TooManyDevices(Invalid):
    most: int = MOST_AT_ONCE

    code: ClassVar[str] = "too_many_devices"
    text: ClassVar[str] = "At most {most} devices can be changed at once."
    fix: ClassVar[str] = "Narrow the list with filters and work in parts."
