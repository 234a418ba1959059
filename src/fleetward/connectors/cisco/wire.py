"""Cisco's JSON as typed models; the only place that knows Cisco's field names."""

from __future__ import annotations

from typing import cast

import msgspec

from fleetward.connectors.answers import Identified, Item, items_in
from fleetward.connectors.values import Loose, clean_serial
from fleetward.infra.http_json import Unreadable, decode

UNKNOWN = "NO_RECORDS_FOUND"


class Fault(msgspec.Struct):
    """What is wrong with a question, or with one serial of it."""

    code: Loose = msgspec.field(default=None, name="ErrorCode")


class Failure(msgspec.Struct):
    """The envelope of a fault."""

    fault: Fault = msgspec.field(default_factory=Fault, name="APIError")

    @property
    def is_unknown(self) -> bool:
        return self.fault.code == UNKNOWN


class Orderable(msgspec.Struct):
    """The product as it was sold."""

    orderable_pid: Loose = None
    item_description: Loose = None


class Base(msgspec.Struct):
    """The product below what was sold."""

    base_pid: Loose = None


class Serial(msgspec.Struct):
    """A machine of which only its serial number is read."""

    sr_no: Loose = None

    @property
    def serial(self) -> str:
        return clean_serial(self.sr_no)

    @property
    def product_number(self) -> str:
        return ""


class Summary(Serial):
    """One machine with its contract and its warranty; dates are '' where there is none."""

    failure: Failure | None = msgspec.field(default=None, name="ErrorResponse")
    is_covered: Loose = None
    covered_product_line_end_date: str | None = None
    service_contract_number: Loose = None
    service_line_descr: Loose = None
    warranty_end_date: str | None = None
    warranty_type: Loose = None
    warranty_type_description: Loose = None
    orderable_pid_list: list[Orderable] | None = None
    # A list on some records, the one object itself on others.
    base_pid_list: list[Base] | Base | None = None

    @property
    def product_number(self) -> str:
        """Cisco has serials that several products share; the product tells them apart."""
        sold = [clean_serial(one.orderable_pid) for one in self.orderable_pid_list or ()]
        if isinstance(self.base_pid_list, Base):
            below = [self.base_pid_list]
        else:
            below = self.base_pid_list or []
        return next(filter(None, [*sold, *(clean_serial(one.base_pid) for one in below)]), "")


class Envelope(msgspec.Struct):
    """A whole answer."""

    serial_numbers: list[msgspec.Raw] | None = None
    failure: Failure | None = msgspec.field(default=None, name="ErrorResponse")


_ENVELOPE = msgspec.json.Decoder(Envelope, strict=False)
_SUMMARY = msgspec.json.Decoder(Summary, strict=False)
_SERIAL = cast("msgspec.json.Decoder[Identified]", msgspec.json.Decoder(Serial, strict=False))


def read_summaries(body: bytes) -> list[Item[Summary]] | None:
    """The machines of an answer; None when it says that Cisco knows none of them.

    Raises: Unreadable.
    """
    envelope = decode(body, _ENVELOPE)
    if envelope.serial_numbers is not None:
        return items_in(envelope.serial_numbers, _SUMMARY, _SERIAL)
    if envelope.failure is not None and envelope.failure.is_unknown:
        return None
    raise Unreadable("neither serial numbers nor an error that is about them")
