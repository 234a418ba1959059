"""A device as it is entered, groups and views, and the refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Protocol, Self
from uuid import UUID

from fleetward.kernel.errors import Conflict, DomainError, Invalid


class Origin(StrEnum):
    """How a device came in (T10): the first three list it, a resale feed holds it for a partner, an
    agent enrols it. A transfer keeps the origin.
    """

    CSV = "CSV"
    MANUAL = "MANUAL"
    API = "API"
    RESALE_FEED = "RESALE_FEED"
    AGENT = "AGENT"


@dataclass(frozen=True, slots=True)
class DeviceInput:
    """A device as a person or a program gives it; the action canonicalises (E12, W16).

    `plan`: its own (L3), '' for the one of its tenant. No list gives one.
    """

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
    plan: str = ""


# What `change_device` may change, in the order in which history shows it.
FIELDS = tuple(field.name for field in fields(DeviceInput))
# A change of one of these makes the vendor's earlier answer another machine's (W17).
IDENTITY_FIELDS = frozenset({"manufacturer", "serial", "product_number"})
# A change of one of these changes what a vendor is asked, or whether; what it said stays (W13).
QUESTION_FIELDS = frozenset({"country", "is_virtual"})
MOST_AT_ONCE = 50_000


class Refusal(StrEnum):
    """Why one row of a list is refused, or one device as it was entered (E12, X8)."""

    MISSING_SERIAL = "MISSING_SERIAL"
    JUNK_SERIAL = "JUNK_SERIAL"
    SCIENTIFIC_NOTATION = "SCIENTIFIC_NOTATION"
    DATE_LIKE_SERIAL = "DATE_LIKE_SERIAL"
    SPREADSHEET_ERROR = "SPREADSHEET_ERROR"
    INVISIBLE_CHARACTERS = "INVISIBLE_CHARACTERS"
    SERIAL_TOO_LONG = "SERIAL_TOO_LONG"
    MISSING_MANUFACTURER = "MISSING_MANUFACTURER"
    VALUE_TOO_LONG = "VALUE_TOO_LONG"
    DUPLICATE_ROW = "DUPLICATE_ROW"
    AMBIGUOUS_SERIAL = "AMBIGUOUS_SERIAL"


class HintCode(StrEnum):
    """What to look at in a value that is taken as it is: a hint never changes anything."""

    LOOK_ALIKE = "LOOK_ALIKE"
    FOREIGN_LETTERS = "FOREIGN_LETTERS"
    INNER_SPACE = "INNER_SPACE"
    UNUSUAL_LENGTH = "UNUSUAL_LENGTH"
    LEADING_ZEROS_LOST = "LEADING_ZEROS_LOST"
    DECIMAL_TAIL = "DECIMAL_TAIL"
    EXPRESS_SERVICE_CODE = "EXPRESS_SERVICE_CODE"
    UNKNOWN_COUNTRY = "UNKNOWN_COUNTRY"
    UNREADABLE_DATE = "UNREADABLE_DATE"
    AMBIGUOUS_DATE = "AMBIGUOUS_DATE"


class Profile(StrEnum):
    """The program whose export a list is, known by its headers."""

    OTHER = "OTHER"
    FLEETWARD = "FLEETWARD"
    SNIPE_IT = "SNIPE_IT"
    INTUNE = "INTUNE"
    ENTRA = "ENTRA"
    NETBOX = "NETBOX"


# The text columns of a list and how many characters each holds; `models.Device` has the same.
MOST_CHARACTERS = {
    "manufacturer": 80,
    "serial": 80,
    "product_number": 40,
    "name": 120,
    "model": 160,
    "assigned_user": 160,
    "asset_tag": 80,
    "location": 120,
}
# The fields that a column of a list can fill.
LIST_FIELDS = (*MOST_CHARACTERS, "country", "purchased_on")


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """Which column fills which field. `unknown` headers fill none: they are shown, not dropped."""

    profile: Profile
    columns: Mapping[str, str]
    unknown: tuple[str, ...]


class DeviceEffect(Protocol):
    """What an upper context must do in the transaction that writes devices (design, 3)."""

    def devices_written(self, *, tenant: int) -> None:
        """Follow the devices in the temporary table `devices_written` (device_id, change)."""
        ...


@dataclass(eq=False)
class DuplicateDevice(Conflict):
    """The identity of T10 is taken in this tenant; what other tenants hold is never told."""

    serial: str
    manufacturer: str
    product_number: str = ""

    code: ClassVar[str] = "duplicate_device"
    text: ClassVar[str] = "{manufacturer} {serial} is already in the list."
    fix: ClassVar[str] = "Open that device and change it, or correct the serial number."


@dataclass(eq=False)
class BadDevice(Invalid):
    """One field of a device cannot be accepted. `field` is its name in `DeviceInput`."""

    field: str
    refusal: Refusal | HintCode

    code: ClassVar[str] = "bad_device"
    text: ClassVar[str] = "The value of {field} cannot be accepted: {refusal}."
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


class ChangeKind(StrEnum):
    """What one entry of a device's history tells."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"
    RESTORED = "RESTORED"
    ARCHIVED = "ARCHIVED"
    WARRANTY = "WARRANTY"
    GROUP = "GROUP"
    SENT = "SENT"
    RECEIVED = "RECEIVED"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One entry of a device's history. `fields`: name -> (before, after).

    Of WARRANTY they are those of the hand-entered one (W17); where there is none they are None. Of
    GROUP it is `group`, by its name then: after the device was added to it, before it was removed.
    SENT and RECEIVED tell that it went to another tenant and came from one (X11), and not which.

    `on_behalf` is whom the actor spoke for; `request_id` is that of the trail. An import or a bulk
    change that did it is named by its public id. `origin` is how a device came in, of the entry
    CREATED; where a list added it, it is whoever sent the list. Devices that were added by a list
    before that was kept name nobody.
    """

    kind: ChangeKind
    at: datetime
    actor: str
    fields: Mapping[str, tuple[object, object]]
    import_uid: str = ""
    bulk_uid: str = ""
    on_behalf: str = ""
    request_id: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """The error that ended an import or a bulk change, as it is kept with it.

    Texts are message ids with placeholders: doors translate them when they are read.
    """

    code: str
    text: str
    fix: str
    details: Mapping[str, object]

    @classmethod
    def of(cls, error: DomainError) -> Self:
        return cls(error.code, error.text, error.fix, error.details())


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person confirms by typing `code` (E10). `token` carries it, signed, to the answer."""

    code: str
    token: str
    devices: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion that can be taken back by its `reference`."""

    reference: str
    devices: int


class GroupKind(StrEnum):
    """STATIC holds the devices put in; DYNAMIC whatever its stored filter leaves (E13)."""

    STATIC = "STATIC"
    DYNAMIC = "DYNAMIC"


GROUP_NAME_CHARACTERS = 80
GROUP_DESCRIPTION_CHARACTERS = 300
MOST_GROUPS = 1_000
VIEW_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of a tenant. `query`: the filter of a dynamic one, as the list's address holds it."""

    uid: UUID
    kind: GroupKind
    name: str
    description: str
    query: str
    created_at: datetime
    updated_at: datetime


@dataclass(eq=False)
class GroupExists(Conflict):
    name: str

    code: ClassVar[str] = "group_exists"
    text: ClassVar[str] = "There is a group named {name} already."
    fix: ClassVar[str] = "Choose another name, or use that group."


@dataclass(eq=False)
class BadGroup(Invalid):
    """One field of a group cannot be accepted. `field`: name, description or query."""

    field: str
    problem: str

    code: ClassVar[str] = "bad_group"
    text: ClassVar[str] = "{problem}"
    fix: ClassVar[str] = "Correct it and save again."


@dataclass(eq=False)
class TooManyGroups(Conflict):
    most: int = MOST_GROUPS

    code: ClassVar[str] = "too_many_groups"
    text: ClassVar[str] = "A tenant has at most {most} groups."
    fix: ClassVar[str] = "Delete groups that nobody needs any more."


@dataclass(frozen=True, slots=True)
class ViewInput:
    """What a view keeps. `query` and `columns` are words of the address; doors read them again.

    `default_role`: users of that role find the view first; '' for nobody.
    """

    name: str
    query: str = ""
    columns: str = ""
    is_shared: bool = False
    default_role: str = ""


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view. `is_own`: of the actor who asks. `columns` as `web` writes them."""

    uid: str
    view: ViewInput
    is_own: bool
    updated_at: datetime

    @property
    def name(self) -> str:
        return self.view.name


@dataclass(eq=False)
class ViewNameTaken(Conflict):
    name: str

    code: ClassVar[str] = "view_name_taken"
    text: ClassVar[str] = "You already have a view called {name}."
    fix: ClassVar[str] = "Choose another name, or change that view."


@dataclass(eq=False)
class BadView(Invalid):
    """A view that could not be kept or found again. `field` is what is wrong."""

    field: str

    code: ClassVar[str] = "bad_view"
    text: ClassVar[str] = "The view cannot be saved: its {field} is missing or too long."
    fix: ClassVar[str] = "Give it a name of at most 80 characters, and fewer filters."


@dataclass(eq=False)
class TooManyViews(Conflict):
    most: int

    code: ClassVar[str] = "too_many_views"
    text: ClassVar[str] = "You already have {most} views."
    fix: ClassVar[str] = "Delete some that you no longer use."
