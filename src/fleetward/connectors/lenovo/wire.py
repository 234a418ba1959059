"""Lenovo's JSON as typed models; the only place that knows Lenovo's field names."""

from __future__ import annotations

from typing import cast

import msgspec

from fleetward.connectors.answers import Identified, Item, item_of, items_of
from fleetward.connectors.values import Loose, clean_serial

NOT_FOUND = 100
SHARED_SERIAL = 101
# A product (20XW00AMFR) begins with its machine type; only that tells machines apart.
MACHINE_TYPE_LENGTH = 4


class Fault(msgspec.Struct, rename="pascal"):
    """An error inside an answer of status 200."""

    code: int | None = None
    message: Loose = None


class Warranty(msgspec.Struct, rename="pascal"):
    """One line of warranty: the base, or an upgrade of it."""

    id: Loose = msgspec.field(default=None, name="ID")
    name: Loose = None
    description: Loose = None
    type: Loose = None
    start: str | None = None
    end: str | None = None


class Contract(msgspec.Struct, rename="pascal"):
    """One line of a service contract."""

    contract: Loose = None
    item_number: Loose = None
    sla: Loose = msgspec.field(default=None, name="SLA")
    entitlement_code: Loose = None
    charge_code: Loose = None
    status: Loose = None
    start: str | None = None
    end: str | None = None


class Serial(msgspec.Struct, rename="pascal"):
    """A machine of which only its identity is read."""

    serial_text: str | None = msgspec.field(default=None, name="Serial")
    product: Loose = None

    @property
    def serial(self) -> str:
        # A machine that was asked for as SERIAL.MACHINETYPE may be named so in the answer.
        return clean_serial(self.serial_text).partition(".")[0]

    @property
    def product_number(self) -> str:
        return clean_serial(self.product)[:MACHINE_TYPE_LENGTH]


class Machine(Serial, rename="pascal"):
    """One machine with its cover, or the reason why there is none."""

    error: Fault | None = None
    shipped: str | None = None
    warranty: list[Warranty] | None = None
    contract: list[Contract] | None = None


_MACHINE = msgspec.json.Decoder(Machine, strict=False)
_SERIAL = cast("msgspec.json.Decoder[Identified]", msgspec.json.Decoder(Serial))


def read_machines(body: bytes) -> list[Item[Machine]]:
    """The machines of an answer to several serials. Raises: Unreadable."""
    return items_of(body, _MACHINE, _SERIAL)


def read_machine(body: bytes) -> Item[Machine]:
    """The machine of an answer to one serial. Raises: Unreadable."""
    return item_of(body, _MACHINE, _SERIAL)
