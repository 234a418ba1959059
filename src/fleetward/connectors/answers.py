"""From the items of a vendor's answer to one answer for each device: by serial, never by position.

An item that cannot be read refuses its own device only; the others are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from fleetward.connectors.values import NotADay
from fleetward.infra.http_json import Unreadable, decode
from fleetward.warranty.contracts import Answer, AnswerKind, DeviceKey, Reason


class Identified(Protocol):
    """What every item says of its device, in our spelling."""

    @property
    def serial(self) -> str: ...

    @property
    def product_number(self) -> str: ...


W = TypeVar("W", bound=Identified)

LEFT_OUT = "Not the vendor's own words: its answer said nothing of what was asked."

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(msgspec.Raw)
_ASKABLE = re.compile(r"[0-9A-Z][0-9A-Z_-]{0,39}")


@dataclass(slots=True)
class Item(Generic[W]):
    """One device's part of an answer. `wire` is None when all but its serial was unreadable."""

    serial: str
    product_number: str
    wire: W | None
    payload: bytes


def is_askable(key: DeviceKey) -> bool:
    """Whether a serial can stand in a list with commas without changing what is asked."""
    return _ASKABLE.fullmatch(key.serial) is not None


def split_askable(devices: Iterable[DeviceKey]) -> tuple[list[DeviceKey], list[Answer]]:
    """The devices that can be asked about, and the answers for the others."""
    askable: list[DeviceKey] = []
    junk: list[Answer] = []
    for key in devices:
        if is_askable(key):
            askable.append(key)
        else:
            junk.append(refused(key, Reason.JUNK_SERIAL))
    return askable, junk


def items_of(
    body: bytes, whole: msgspec.json.Decoder[W], bare: msgspec.json.Decoder[Identified]
) -> list[Item[W]]:
    """The items of a JSON array, `bare` reading what `whole` cannot. Raises: Unreadable."""
    raws: list[msgspec.Raw] = decode(body, _LIST)
    return items_in(raws, whole, bare)


def items_in(
    raws: Iterable[msgspec.Raw],
    whole: msgspec.json.Decoder[W],
    bare: msgspec.json.Decoder[Identified],
) -> list[Item[W]]:
    """The same for items that were taken out of an answer already. Raises: Unreadable."""
    return [_item(raw, whole, bare) for raw in raws]


def item_of(
    body: bytes, whole: msgspec.json.Decoder[W], bare: msgspec.json.Decoder[Identified]
) -> Item[W]:
    """The one item of an answer that is a single object. Raises: Unreadable."""
    return _item(decode(body, _ONE), whole, bare)


def _item(
    raw: msgspec.Raw,
    whole: msgspec.json.Decoder[W],
    bare: msgspec.json.Decoder[Identified],
) -> Item[W]:
    wire: W | None = None
    known: Identified
    try:
        known = wire = whole.decode(raw)
    except msgspec.MsgspecError:
        try:
            known = bare.decode(raw)
        except msgspec.MsgspecError as error:
            raise Unreadable(str(error)) from error
    return Item(known.serial, known.product_number, wire, bytes(raw))


def answers_for(
    devices: Iterable[DeviceKey],
    items: Iterable[Item[W]],
    read: Callable[[DeviceKey, W, bytes], Answer],
) -> list[Answer]:
    """One answer for each device that the vendor answered for; the others are left out."""
    found: dict[str, list[Item[W]]] = {}
    for item in items:
        found.setdefault(item.serial, []).append(item)
    return [_answer(key, found[key.serial], read) for key in devices if key.serial in found]


def _answer(
    key: DeviceKey, items: Sequence[Item[W]], read: Callable[[DeviceKey, W, bytes], Answer]
) -> Answer:
    item = items[0] if len(items) == 1 else _chosen(key, items)
    if item is None:
        every = b"[" + b",".join(one.payload for one in items) + b"]"
        return refused(key, Reason.AMBIGUOUS_SERIAL, every)
    try:
        if item.wire is not None:
            return read(key, item.wire, item.payload)
    except NotADay:
        pass
    return refused(key, Reason.ANSWER_UNREADABLE, item.payload)


def _chosen(key: DeviceKey, items: Sequence[Item[W]]) -> Item[W] | None:
    """The item of the product meant; None when several share the serial and none is meant."""
    if len({item.product_number for item in items}) == 1:
        return items[0]
    return next((item for item in items if _is_same(item.product_number, key)), None)


def _is_same(product_number: str, key: DeviceKey) -> bool:
    """Compares up to the shorter: HP writes 6S6V0EA and 6S6V0EA#ABF, Lenovo 20XW and 20XW00AMFR."""
    wanted = key.product_number.upper()
    return bool(product_number and wanted) and (
        product_number.startswith(wanted) or wanted.startswith(product_number)
    )


def refused(key: DeviceKey, reason: Reason, payload: bytes = b"") -> Answer:
    """The answer for a device for which there can be no other."""
    return Answer(key, AnswerKind.REFUSED, reason, payload=payload)


def not_found(key: DeviceKey, payload: bytes) -> Answer:
    """The answer for a device that the vendor does not know."""
    return Answer(key, AnswerKind.NOT_FOUND, Reason.NOT_FOUND_AT_VENDOR, payload=payload)


def left_out(key: DeviceKey, asked_as: str) -> Answer:
    """The answer for a device that the vendor does not know, and says so by naming all others.

    What is kept of it (W18) is ours to word, and the same each time: with the vendor's own words on
    the others it would be another one for every batch.
    """
    return not_found(key, msgspec.json.encode({"asked": asked_as, "note": LEFT_OUT}))
