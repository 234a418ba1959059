"""HP's JSON as typed models; the only place that knows HP's field names."""

from __future__ import annotations

from typing import cast

import msgspec

from fleetward.connectors.answers import Identified, Item, items_of
from fleetward.connectors.values import Loose, clean_serial
from fleetward.infra.http_json import decode
from fleetward.warranty.contracts import DeviceKey


class Question(msgspec.Struct, omit_defaults=True):
    """One device of a job."""

    sn: str
    pn: str = ""
    cc: str = ""


class Job(msgspec.Struct, rename="camel"):
    """A submitted job, or its state."""

    job_id: str = ""
    status: str = ""
    estimated_time: float | None = None


class Offer(msgspec.Struct, rename="camel"):
    """One line of cover."""

    offer_description: Loose = None
    offer_product_identifier: Loose = None
    service_obligation_identifier: Loose = None
    service_obligation_type_code: Loose = None
    starts: str | None = msgspec.field(default=None, name="serviceObligationLineItemStartDate")
    ends: str | None = msgspec.field(default=None, name="serviceObligationLineItemEndDate")


class Product(msgspec.Struct, rename="camel"):
    """The machine of an item; HP may leave out even its serial."""

    serial_number: str | None = None
    product_number: Loose = None
    product_description: Loose = None


class Identity(msgspec.Struct):
    """A result of which only its product is read."""

    product: Product | None = None

    @property
    def serial(self) -> str:
        return clean_serial(self.product.serial_number) if self.product else ""

    @property
    def product_number(self) -> str:
        return clean_serial(self.product.product_number) if self.product else ""


class Result(Identity):
    """One device's result."""

    offers: list[Offer] | None = None


_JOB = msgspec.json.Decoder(Job, strict=False)
_RESULT = msgspec.json.Decoder(Result, strict=False)
_IDENTITY = cast("msgspec.json.Decoder[Identified]", msgspec.json.Decoder(Identity))
_ENCODER = msgspec.json.Encoder()


def written_job(devices: list[DeviceKey]) -> bytes:
    """The body that submits a job."""
    return _ENCODER.encode([Question(k.serial, k.product_number, k.country) for k in devices])


def read_job(body: bytes) -> Job:
    """A job. Raises: Unreadable."""
    return decode(body, _JOB)


def read_results(body: bytes) -> list[Item[Result]]:
    """The results of a job. Raises: Unreadable."""
    return items_of(body, _RESULT, _IDENTITY)
