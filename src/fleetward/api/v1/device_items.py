"""Many devices in one call, each with values of its own, and an outcome for each."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router
from pydantic import ConfigDict, ValidationError, WrapValidator

from fleetward.access.contracts import Capability
from fleetward.api.answers import once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.errors import InvalidRequest
from fleetward.api.schemas import IdempotencyKey, In, Out, change_sample, sample
from fleetward.api.v1.device_schemas import DeviceChangeIn
from fleetward.devices.actions import store_devices as store
from fleetward.devices.contracts import (
    MOST_ITEMS,
    BadDevice,
    DeviceItem,
    DuplicateDevice,
    HintCode,
    ItemEnd,
    ItemOutcome,
    Refusal,
)
from fleetward.devices.texts import HINT_TEXTS, REFUSAL_TEXTS
from fleetward.kernel.errors import DomainError

router = Router(tags=["devices"])
SOME_ITEM: dict[str, object] = {"manufacturer": "Dell", "serial": "5XK2QL3", "location": "Lyon"}


class DeviceItemIn(DeviceChangeIn):
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


class DeviceItemsOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            created=0, changed=0, unchanged=0, refused=1, outcomes=[SOME_END.dict()]
        )
    )
    created: int
    changed: int
    unchanged: int
    refused: int
    outcomes: list[ItemEndOut] = Field(description="One for each device, in their order")


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
    transaction, and stored with the answer.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        fit = [item for item in body.devices if not isinstance(item, UnfitItem)]
        ends = store(
            actor=caller.actor,
            tenant=caller.tenant.id,
            items=[
                DeviceItem(item.dict(exclude_unset=True, exclude={"id"}), item.id) for item in fit
            ],
            now=caller.now,
        )
        left = iter(ends)
        told = [
            _unfit(item) if isinstance(item, UnfitItem) else _told(next(left))
            for item in body.devices
        ]
        counts = Counter(one.outcome for one in told)
        numbers = {str(outcome).lower(): counts[outcome] for outcome in ItemOutcome}
        return {**numbers, "outcomes": [_json(one) for one in told]}, ""

    return once(request, key, make, status=200)


def _json(end: ItemEndOut) -> dict[str, object]:
    return {name: getattr(end, name) for name in ItemEndOut.model_fields}


def _told(end: ItemEnd) -> ItemEndOut:
    if end.error is None:
        return _end(end.outcome, device_id=end.uid)
    return _refused(end.error)


def _end(outcome: ItemOutcome, **told: Any) -> ItemEndOut:
    """Not checked on its way out: there may be ten thousand."""
    return ItemEndOut.model_construct(
        outcome=outcome, **dict.fromkeys(list(ItemEndOut.model_fields)[1:]) | told
    )


def _refused(error: DomainError) -> ItemEndOut:
    told: dict[str, object] = {"code": error.code, "detail": str(error), "fix": error.fix}
    if isinstance(error, BadDevice):
        advice = REFUSAL_TEXTS.get(error.refusal) or HINT_TEXTS[error.refusal]
        told |= {"refusal": error.refusal, "detail": f"{advice.text}.", "fix": advice.fix}
    field = {BadDevice: getattr(error, "field", ""), DuplicateDevice: "serial"}
    return _end(ItemOutcome.REFUSED, field=field.get(type(error), "id"), **told)


def _unfit(item: UnfitItem) -> ItemEndOut:
    """Refused for its form; the others are looked at all the same."""
    told = {"code": InvalidRequest.code, "field": item.where or None, "detail": item.what}
    return _end(ItemOutcome.REFUSED, **told, fix="Correct it; /api/v1/openapi.json says what fits.")
