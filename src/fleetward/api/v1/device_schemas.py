"""What goes in and out of the operations on devices."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, StrictBool, StringConstraints

from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    Day,
    In,
    Out,
    PageOut,
    Paging,
    change_sample,
    sample,
)
from fleetward.devices.contracts import (
    MOST_CHARACTERS,
    ChangeKind,
    ChangeRow,
    HintCode,
    Origin,
    Problem,
)
from fleetward.devices.queries.pure import hints_of
from fleetward.devices.texts import HINT_TEXTS
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid_conditions import MOST_CONDITIONS, read_conditions
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow, Order, Sort

SOME_DEVICE: dict[str, object] = {
    "manufacturer": "Dell",
    "serial": "5XK2QL3",
    "product_number": "",
    "name": "PC-00042",
    "model": "Latitude 7450",
    "assigned_user": "",
    "asset_tag": "",
    "location": "Lyon",
    "country": "FR",
    "purchased_on": "2024-03-01",
    "is_virtual": False,
}
SOME_WARRANTY: dict[str, object] = {
    "status": "IN",
    "reason": None,
    "starts_on": "2024-03-01",
    "ends_on": "2027-02-28",
    "is_rolling": False,
    "ships_on": "2024-02-27",
    "source": "dell",
    "is_simulated": False,
    "checked_at": SOME_TIME,
    "attempted_at": SOME_TIME,
    "latest_error": None,
}
SOME_LISTED: dict[str, object] = {
    "id": SOME_ID,
    **SOME_DEVICE,
    "origin": "CSV",
    "is_active": True,
    "created_at": SOME_TIME,
    "updated_at": SOME_TIME,
    "archived_on": None,
    "plan": "",
    "hints": [],
    "warranty": SOME_WARRANTY,
}
SOME_HINT: dict[str, object] = {
    "code": "LOOK_ALIKE",
    "detail": "Letters that look like digits.",
    "fix": "This manufacturer uses neither O nor I: check for 0 and 1.",
}
CanonicalText = Annotated[str, StringConstraints(max_length=max(MOST_CHARACTERS.values()))]


class FailureOut(Out):
    code: str
    detail: str
    fix: str


class WarrantyOut(Out):
    """What the coverage of a device amounts to today."""

    status: Status
    reason: Reason | None = Field(description="Why the status is UNKNOWN (W11)")
    starts_on: date | None
    ends_on: date | None = Field(description="The last covered day")
    is_rolling: bool = Field(description="A subscription without an end (W19)")
    ships_on: date | None
    source: str = Field(description="Whose answer it is: a provider, `manual`, or empty")
    is_simulated: bool = Field(description="A simulator answered, no vendor (W20)")
    checked_at: datetime | None = Field(description="When it was answered last")
    attempted_at: datetime | None = Field(description="When it was asked last")
    latest_error: Reason | None = Field(description="Why the latest attempt failed (W13)")


class DeviceHintOut(Out):
    """Something to look at in a serial number, which is kept as it is (E12)."""

    code: HintCode
    detail: str
    fix: str


class DeviceOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_LISTED))
    id: UUID
    manufacturer: str
    serial: str
    product_number: str
    name: str
    model: str
    assigned_user: str
    asset_tag: str
    location: str
    country: str
    purchased_on: date | None
    is_virtual: bool
    origin: str = Field(description="How it came in")
    is_active: bool = Field(description="False once it was deleted (E10)")
    created_at: datetime
    updated_at: datetime
    archived_on: date | None = Field(
        description="Day of the tenant on which the deleted device was archived (E11)"
    )
    plan: str = Field(description="Its own plan; empty: that of its tenant (L3)")
    hints: list[DeviceHintOut] = Field(description="What to look at in the serial number")
    warranty: WarrantyOut | None = Field(description="null while the device is not active")
    customer_id: str | None = Field(
        None, description="Whose it is; in what a partner lists of all its customers alone"
    )


class GroupOfDeviceOut(Out):
    id: UUID
    name: str


class DeviceWithGroupsOut(DeviceOut):
    """A device by itself. Lists leave the groups out: ask them for the devices of a group."""

    model_config = ConfigDict(
        json_schema_extra=sample(**SOME_LISTED, groups=[{"id": SOME_ID, "name": "Lyon"}])
    )
    groups: list[GroupOfDeviceOut] = Field(
        description="The groups of both kinds that it is in, by name; none once it was deleted"
    )


class DevicePage(PageOut):
    items: list[DeviceOut]


class SortBy(StrEnum):
    """An order, with a minus sign for descending."""

    END = "end"
    END_DOWN = "-end"
    NAME = "name"
    NAME_DOWN = "-name"
    SERIAL = "serial"
    SERIAL_DOWN = "-serial"
    MODEL = "model"
    MODEL_DOWN = "-model"

    @property
    def order(self) -> Order:
        return Order(Sort(self.value.removeprefix("-")), self.value.startswith("-"))


def _condition(word: str) -> str:
    if not read_conditions([word], today=date(2000, 1, 1), zone="UTC"):
        raise ValueError("This is no condition on a column of the list.")
    return word


Where = Annotated[str, AfterValidator(_condition)]
Word = Annotated[str, StringConstraints(min_length=1)]


class DeviceFilters(Schema):
    """The filters of the device list. All that is given must hold; repeats are alternatives."""

    q: str = Field(
        "",
        max_length=200,
        description=(
            "Text in serial, name, model or user, from three characters on; less begins the serial"
        ),
    )
    status: list[Status] = Field([], description="Any of these")
    reason: list[Reason] = Field([], description="Any of these reasons for UNKNOWN")
    manufacturer: list[Word] = Field([], description="Any of these")
    manufacturer_not: list[Word] = Field([], description="None of these")
    model: list[Word] = Field([], description="Any of these")
    group: list[UUID] = Field([], description="In any of these groups")
    ends_from: Day | None = Field(None, description="Coverage ends on this day or later")
    ends_to: Day | None = Field(None, description="Coverage ends on this day or before")
    is_checked: bool | None = Field(None, description="false: those that nobody has looked at yet")
    is_simulated: bool | None = Field(None, description="Whether a simulator answered (W20)")
    is_active: bool = Field(True, description="false: the deleted ones (E10)")
    is_archived: bool | None = Field(
        None,
        description=(
            "Deleted ones, whatever is_active says: true those that are archived (E11), "
            "false those that are not yet"
        ),
    )
    where: list[Where] = Field(
        [],
        max_length=MOST_CONDITIONS,
        description=(
            "Conditions on any column, `column:comparison:value`: `location:is:Paris`, "
            "`ends_on:next:30`, `status:not:OUT`, `asset_tag:empty`. Comparisons: is, not, has, "
            "before, after, next and past (days), empty, filled; days are those of the tenant"
        ),
    )

    @property
    def wants_active(self) -> bool:
        return self.is_active and self.is_archived is None

    def filter_on(self, today: date, zone: str) -> DeviceFilter:
        """The filter on a day of a tenant."""
        return DeviceFilter(
            statuses=tuple(self.status),
            reasons=tuple(self.reason),
            manufacturers=tuple(self.manufacturer),
            except_manufacturers=tuple(self.manufacturer_not),
            models=tuple(self.model),
            ends_from=self.ends_from,
            ends_to=self.ends_to,
            is_checked=self.is_checked,
            is_simulated=self.is_simulated,
            is_active=self.wants_active,
            is_archived=None if self.wants_active else self.is_archived,
            text=self.q,
            groups=tuple(dict.fromkeys(self.group)),
            conditions=read_conditions(self.where, today=today, zone=zone),
        )


class DeviceList(DeviceFilters):
    """What the filters leave, in an order."""

    sort: SortBy = Field(SortBy.END, description="The order; deleted devices come by serial")


class DeviceQuery(Paging, DeviceList):
    """A page of it."""


class OfCustomer(Schema):
    """Which tenant, with a token of a partner."""

    customer_id: str = Field(
        "",
        max_length=40,
        description=(
            "With a token of a partner: the Customer ID of a customer, or of *Unassigned Devices*"
        ),
    )


class DeviceIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_DEVICE))
    manufacturer: CanonicalText = Field(description="HP, HP Inc. and Hewlett-Packard are HP (W16)")
    serial: CanonicalText
    product_number: CanonicalText = ""
    name: CanonicalText = ""
    model: CanonicalText = ""
    assigned_user: CanonicalText = ""
    asset_tag: CanonicalText = ""
    location: CanonicalText = ""
    country: CanonicalText = Field("", description="ISO 3166-1, two letters, or a name")
    purchased_on: Day | None = None
    is_virtual: StrictBool = False


class DeviceFieldsIn(DeviceIn):
    """Only the fields that are given change."""

    model_config = ConfigDict(json_schema_extra=change_sample(name="PC-00043", location="Paris"))
    manufacturer: CanonicalText = Field("", description="As in the request that creates")
    serial: CanonicalText = ""


Plan = Annotated[str, StringConstraints(max_length=20)]
PLAN_GIVEN = (
    "A plan of which a licence key is live today; empty: that of the tenant. Takes the right "
    "MANAGE_LICENCES as well (L3)"
)


class DeviceChangeIn(DeviceFieldsIn):
    """Only the fields that are given change."""

    model_config = ConfigDict(json_schema_extra=change_sample(name="PC-00043", location="Paris"))
    plan: Plan = Field("", description=PLAN_GIVEN)


class ChangeOut(Out):
    """One entry of a device's history. `fields`: name, with the values before and after."""

    model_config = ConfigDict(
        json_schema_extra=sample(
            kind="CHANGED",
            at=SOME_TIME,
            actor="admin@acme.example",
            fields={"location": ["Lyon", "Paris"]},
            origin=None,
            import_id=None,
            bulk_change_id=None,
            on_behalf_of="",
            request_id="6f1d2c1e8a554c7e9a550c6b5d1c2f10",
        )
    )
    kind: ChangeKind
    at: datetime
    actor: str = Field(description="Whoever did it; of CREATED by a list, whoever sent the list")
    on_behalf_of: str = Field(description="Whom the actor spoke for, such as the user of a token")
    request_id: str = Field(description="The request that did it, as in the audit log")
    fields: dict[str, tuple[object, object]] = Field(
        description="Of GROUP its name: second where the device was added, first where removed"
    )
    origin: Origin | None = Field(description="How the device came in; of the entry CREATED")
    import_id: UUID | None = Field(description="The import that did it")
    bulk_change_id: UUID | None = Field(description="The bulk change that did it")


class ChangePage(PageOut):
    items: list[ChangeOut]


def change_out(row: ChangeRow) -> ChangeOut:
    return ChangeOut(
        kind=row.kind,
        at=row.at,
        actor=row.actor,
        fields=dict(row.fields),
        on_behalf_of=row.on_behalf,
        request_id=row.request_id,
        origin=Origin(row.origin) if row.origin else None,
        import_id=UUID(row.import_uid) if row.import_uid else None,
        bulk_change_id=UUID(row.bulk_uid) if row.bulk_uid else None,
    )


def device_json(row: DeviceRow) -> dict[str, object]:
    """A device as plain values: checking a thousand of them on their way out costs half."""
    return {
        "id": row.uid,
        "manufacturer": row.manufacturer,
        "serial": row.serial,
        "product_number": row.product_number,
        "name": row.name,
        "model": row.model,
        "assigned_user": row.assigned_user,
        "asset_tag": row.asset_tag,
        "location": row.location,
        "country": row.country,
        "purchased_on": row.purchased_on,
        "is_virtual": row.is_virtual,
        "origin": row.origin,
        "is_active": row.is_active,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "archived_on": row.archived_on,
        "plan": row.plan,
        "hints": [
            hint_json(code) for code in hints_of(manufacturer=row.manufacturer, serial=row.serial)
        ],
        "warranty": _warranty_json(row) if row.is_active else None,
    }


def hint_json(code: str) -> dict[str, object]:
    """A hint in English, as all of the API."""
    told = HINT_TEXTS[code]
    return {"code": code, "detail": f"{told.text}.", "fix": told.fix}


def problem_json(problem: Problem | None) -> dict[str, str] | None:
    """What ended an import or a bulk change, in English."""
    if problem is None:
        return None
    told = {"detail": problem.text, "fix": problem.fix}
    return {"code": problem.code} | {k: v.format(**problem.details) for k, v in told.items()}


def _warranty_json(row: DeviceRow) -> dict[str, object]:
    return {
        "status": row.status,
        "reason": row.reason,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "is_rolling": row.is_rolling,
        "ships_on": row.ships_on,
        "source": row.source,
        "is_simulated": row.is_simulated,
        "checked_at": row.checked_at,
        "attempted_at": row.attempted_at,
        "latest_error": row.latest_error,
    }
