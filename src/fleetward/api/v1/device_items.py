"""Many devices in one call, each with values of its own, and an outcome for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, fields
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router
from pydantic import ConfigDict, ValidationError, WrapValidator

from fleetward.access.contracts import Capability
from fleetward.api.answers import listed, once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.errors import InvalidRequest
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    In,
    Out,
    PageOut,
    Paging,
    change_sample,
    sample,
)
from fleetward.api.v1.device_schemas import DeviceFieldsIn
from fleetward.devices.actions import store_devices as store
from fleetward.devices.contracts import (
    MOST_ITEMS,
    BadDevice,
    DeviceItem,
    HintCode,
    ItemEnd,
    ItemOutcome,
    ItemReason,
    Refusal,
    StoreCallRow,
)
from fleetward.devices.queries.store_calls import list_store_calls as list_calls
from fleetward.devices.queries.store_calls import list_store_ends
from fleetward.devices.texts import HINT_TEXTS, REFUSAL_TEXTS

router = Router(tags=["devices"])
MOST_TOLD = 200
REASON_FIELDS = [field.name for field in fields(ItemReason)]
SOME_ITEM: dict[str, object] = {"manufacturer": "Dell", "serial": "5XK2QL3", "location": "Lyon"}


class DeviceItemIn(DeviceFieldsIn):
    """One device. Only the fields that are given change."""

    model_config = ConfigDict(json_schema_extra=change_sample(**SOME_ITEM))
    id: UUID | None = Field(
        None,
        description=(
            "Of a device that is there. Without, `serial`, `manufacturer` and `product_number` say "
            "which one is meant, as in a list that is imported; where there is none it is added"
        ),
    )


class UnfitItem(DeviceItemIn):
    """What came in place of one."""

    where: str = ""
    what: str = ""


def _apart(value: Any, handler: Any) -> DeviceItemIn:
    """A bad item stops no good one (X6), not even one that is of the wrong form."""
    try:
        item: DeviceItemIn = handler(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(place) for place in first["loc"])
        return UnfitItem.model_construct(where=where, what=str(first["msg"]))
    return item


class DeviceItemsIn(In):
    model_config = ConfigDict(json_schema_extra=sample(devices=[SOME_ITEM]))
    devices: list[Annotated[DeviceItemIn, WrapValidator(_apart)]] = Field(max_length=MOST_ITEMS)


class ItemEndOut(Out):
    outcome: ItemOutcome = Field(description="CREATED: added, or a deleted one that came back")
    device_id: UUID | None = Field(description="null where it is refused")
    code: str | None = Field(description="Why it is refused; docs/reference/errors.md lists all")
    refusal: Refusal | HintCode | None = Field(description="What is wrong with a value")
    field: str | None = Field(description="The field that is to blame")
    detail: str | None
    fix: str | None


SOME_END = ItemEndOut(
    outcome=ItemOutcome.REFUSED,
    device_id=None,
    code=BadDevice.code,
    refusal=Refusal.JUNK_SERIAL,
    field="serial",
    detail="Placeholder instead of a serial number.",
    fix="Replace it with the number on the machine's label.",
)
SOME_COUNTS: dict[str, object] = {"created": 0, "changed": 0, "unchanged": 0, "refused": 1}


class KeptEndOut(ItemEndOut):
    """How one item ended. `device_id` is null, too, once the device is out of sight."""

    model_config = ConfigDict(json_schema_extra=sample(**SOME_END.dict(), number=2))
    number: int = Field(description="Its place in the call, from 1")


class ItemCounts(Out):
    id: UUID = Field(description="Under which the outcomes are kept")
    created: int
    changed: int
    unchanged: int
    refused: int


class DeviceItemsOut(ItemCounts):
    model_config = ConfigDict(
        json_schema_extra=sample(id=SOME_ID, **SOME_COUNTS, outcomes=[SOME_END.dict()])
    )
    outcomes: list[ItemEndOut] = Field(description="One for each device, in their order")


class StoreCallOut(ItemCounts):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID, **SOME_COUNTS, started_by="admin@acme.example (CI)", created_at=SOME_TIME
        )
    )
    started_by: str
    created_at: datetime


class StoreCallPage(PageOut):
    items: list[StoreCallOut]


class KeptEndPage(PageOut):
    items: list[KeptEndOut]


class EndQuery(Paging):
    outcome: list[ItemOutcome] = Field([], description="Any of these")


@call(
    router,
    "POST /devices/bulk",
    needs=Capability.EDIT_DEVICES,
    answers=DeviceItemsOut,
    problems=[409],
)
def store_devices(
    request: HttpRequest, body: DeviceItemsIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Add and change up to 10,000 devices, each with its own values; an outcome for each.

    A bad one stops no good one. Of several items of one device the first counts. All of it is one
    transaction, and the outcomes are kept with it: `GET /devices/bulk` finds them again.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        done = store(
            actor=caller.actor,
            tenant=caller.tenant.id,
            items=[_item(item) for item in body.devices],
            now=caller.now,
        )
        counts = Counter(end.outcome for end in done.ends)
        numbers = {str(outcome).lower(): counts[outcome] for outcome in ItemOutcome}
        return {"id": done.uid, **numbers, "outcomes": [_json(end) for end in done.ends]}, ""

    return once(request, key, make, status=200)


def _item(item: DeviceItemIn) -> DeviceItem:
    if isinstance(item, UnfitItem):
        return DeviceItem({}, unfit=_unfit(item))
    return DeviceItem(item.dict(exclude_unset=True, exclude={"id"}), item.id)


def _unfit(item: UnfitItem) -> ItemReason:
    """Refused for its form; the others are looked at all the same."""
    return ItemReason(
        InvalidRequest.code,
        _plain(item.where),
        detail=_plain(item.what),
        fix="Correct it; /api/v1/openapi.json says what fits.",
    )


def _plain(text: str) -> str:
    """Names of fields come from outside, and what is told is kept."""
    return "".join(symbol if symbol.isprintable() else "?" for symbol in text)[:MOST_TOLD]


def _json(end: ItemEnd) -> dict[str, object]:
    """Not checked on its way out: there may be ten thousand."""
    why = _why(end.reason) if end.reason else {}
    told = {name: why.get(name) or None for name in REASON_FIELDS}
    return {"outcome": end.outcome, "device_id": end.uid, **told}


def _why(reason: ItemReason) -> dict[str, str]:
    told = asdict(reason)
    advice = REFUSAL_TEXTS.get(reason.refusal) or HINT_TEXTS.get(reason.refusal)
    return told | {"detail": f"{advice.text}.", "fix": advice.fix} if advice else told


@call(router, "GET /devices/bulk", needs=Capability.SEE_DEVICES, answers=StoreCallPage)
def list_store_calls(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the calls that added and changed many devices, latest first."""
    caller = caller_of(request)
    page = list_calls(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(_call_json, page.rows), page)


def _call_json(row: StoreCallRow) -> dict[str, object]:
    shown = {name: getattr(row, name) for name in StoreCallOut.model_fields if name != "id"}
    return {"id": row.uid, **shown}


@call(
    router,
    "GET /devices/bulk/{uuid:call_id}/outcomes",
    needs=Capability.SEE_DEVICES,
    answers=KeptEndPage,
)
def list_store_outcomes(
    request: HttpRequest, call_id: UUID, asked: Query[EndQuery]
) -> HttpResponse:
    """List how each item of such a call ended, and why it was refused."""
    page = list_store_ends(
        **caller_of(request).one(call_id),
        outcomes=asked.outcome,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return listed([{"number": number, **_json(end)} for number, end in page.rows], page)
