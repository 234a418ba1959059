"""What goes in and out of the operations on selections."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from ninja import Field
from pydantic import ConfigDict, StrictBool, model_validator

from fleetward.api.schemas import SOME_ID, SOME_TIME, Day, In, Out, change_sample, sample
from fleetward.api.v1.device_schemas import PLAN_GIVEN, CanonicalText, DeviceFilters, Plan
from fleetward.devices.bulk.contracts import SelectionRow

MOST_PICKED = 10_000


class SelectionFilter(In, DeviceFilters):
    """The filters of `GET /devices`; an empty one leaves every active device."""

    model_config = ConfigDict(json_schema_extra=sample(status=["OUT"], manufacturer=["Dell"]))

    def address(self) -> str:
        """The same filter as the address of the device list in the pages holds it.

        Twin of `web.pages.devices_filter.read_filter`; a test compares them.
        """
        query: dict[str, Any] = {
            "q": self.q,
            "status": self.status,
            "reason": self.reason,
            "vendor": self.manufacturer,
            "vendor_not": self.manufacturer_not,
            "model": self.model,
            "group": self.group,
            "ends_from": self.ends_from,
            "ends_to": self.ends_to,
            "answer": self._answers(),
            "where": self.where,
            "state": self._state(),
        }
        return urlencode({name: value for name, value in query.items() if value}, doseq=True)

    def _state(self) -> str:
        if self.wants_active:
            return ""
        return {True: "archived", False: "deleted", None: "inactive"}[self.is_archived]

    def _answers(self) -> list[str]:
        marks = [
            (self.is_checked, "checked", "unchecked"),
            (self.is_simulated, "simulated", "real"),
        ]
        return [yes if mark else no for mark, yes, no in marks if mark is not None]


class NewSelection(In):
    """One of `devices`, `filter` and `view_id`."""

    model_config = ConfigDict(json_schema_extra=sample(filter={"status": ["OUT"]}))
    devices: list[UUID] | None = Field(
        None, min_length=1, max_length=MOST_PICKED, description="Ids of devices"
    )
    filter: SelectionFilter | None = Field(
        None, description="All that the filters of the list leave"
    )
    view_id: UUID | None = Field(None, description="What a saved view finds")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = [self.devices, self.filter, self.view_id]
        if sum(one is not None for one in given) != 1:
            raise ValueError("Give one of devices, filter and view_id")
        return self


SOME_SELECTION: dict[str, object] = {
    "id": SOME_ID,
    "devices": 240,
    "is_whole": True,
    "created_at": SOME_TIME,
    "expires_at": SOME_TIME,
}


class SinceSelectedOut(Out):
    """What has become of the devices of a selection; all others of them are as they were."""

    devices: int = Field(description="How many were selected")
    changed_since: int = Field(description="There, and changed after they were selected")
    gone: int = Field(description="Deleted since, or out of sight")


class SelectionOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_SELECTION))
    id: UUID
    devices: int = Field(description="How many were selected")
    is_whole: bool = Field(description="Whether they are all that a filter left")
    created_at: datetime
    expires_at: datetime = Field(description="Work that begins before then keeps it longer")


class NewSelectionOut(SelectionOut):
    model_config = ConfigDict(
        json_schema_extra=sample(**SOME_SELECTION, not_found=1, not_found_ids=[SOME_ID])
    )
    not_found: int = Field(description="How many ids of `devices` name no device in sight")
    not_found_ids: list[UUID] = Field(description="Which these are, in their order")


class SelectionEdit(In):
    """Only the fields that are given change."""

    model_config = ConfigDict(json_schema_extra=change_sample(location="Paris"))
    assigned_user: CanonicalText = ""
    location: CanonicalText = ""
    country: CanonicalText = Field("", description="ISO 3166-1, two letters, or a name")
    model: CanonicalText = ""
    purchased_on: Day | None = None
    is_virtual: StrictBool = False
    plan: Plan = Field("", description=PLAN_GIVEN)


class ConfirmedCount(In):
    model_config = ConfigDict(json_schema_extra=sample(confirm=240))
    confirm: int = Field(
        description="How many devices the selection has, so that no other is meant"
    )


def selection_json(row: SelectionRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "devices": row.devices,
        "is_whole": row.is_whole,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }


def new_selection_json(row: SelectionRow) -> dict[str, object]:
    missing = {"not_found": len(row.not_found), "not_found_ids": row.not_found}
    return selection_json(row) | missing
