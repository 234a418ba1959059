"""Dynabook's JSON as typed models; the only place that knows Dynabook's field names.

It is what a page of the support site reads and no published interface: what was never seen filled
(`serviceTypes`, `svcPgm`) is read if it makes sense, and left alone if it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fleetward.connectors.values import Loose, clean_serial, clean_text
from fleetward.infra.http_json import Unreadable, decode

_TAGS = re.compile(r"<[^>]*>")
# Names of fields of a service programme, by how they end.
BEGINS = ("startdate", "begindate", "purchasedate")
ENDS = ("enddate", "expirydate", "expirationdate", "expdate")


class Machine(msgspec.Struct, rename="camel"):
    """One machine with the dates of its standard warranty; '' where there is none."""

    serial_number: Loose = None
    part_number: Loose = None
    model_family: Loose = None
    model_name: Loose = None
    ship_date: str | None = None
    customer_purchase_date: str | None = None
    # The day from which the warranty counts, on site or not.
    war_onsite_date: str | None = None
    warranty_expiry_date: str | None = None
    warranty_onsite: Loose = None
    warranty_onsite_expiry_date: str | None = None

    @property
    def serial(self) -> str:
        return clean_serial(self.serial_number)

    @property
    def has_onsite(self) -> bool:
        """Whether somebody comes for repairs: the field is a number of days."""
        return clean_text(self.warranty_onsite) not in ("", "0")


class Result(msgspec.Struct, rename="camel"):
    """An answer about one serial number."""

    common_bean: Machine | msgspec.UnsetType | None = msgspec.UNSET
    svc_pgm: Any = None
    service_types: Any = None

    @property
    def machine(self) -> Machine | None:
        """The machine; None when Dynabook does not know it."""
        found = self.common_bean
        return found if isinstance(found, Machine) and found.serial else None

    @property
    def description(self) -> str:
        """What Dynabook says of the kind of service, if it does."""
        kinds = self.service_types if isinstance(self.service_types, dict) else {}
        texts = (kind.get("svcDesc") for kind in kinds.values() if isinstance(kind, dict))
        return next((_text(text) for text in texts if _text(text)), "")

    @property
    def programmes(self) -> Iterator[Programme]:
        """Extensions that were bought."""
        for one in self.svc_pgm if isinstance(self.svc_pgm, list) else ():
            if isinstance(one, dict):
                name = _text(one.get("svcPgmName"))
                yield Programme(name, _ending(one, BEGINS), _ending(one, ENDS))


class Programme(msgspec.Struct):
    name: str
    begins: str
    ends: str


_RESULT = msgspec.json.Decoder(Result, strict=False)


def read_result(body: bytes) -> Result:
    """The answer about one serial number. Raises: Unreadable."""
    result = decode(body, _RESULT)
    if result.common_bean is msgspec.UNSET:
        raise Unreadable("it is about no machine")
    return result


def read_anything(body: bytes) -> Result:
    """Whether the service speaks at all: any object will do. Raises: Unreadable."""
    return decode(body, _RESULT)


def _ending(fields: Mapping[str, Any], endings: tuple[str, ...]) -> str:
    """The text of the first field whose name ends so."""
    found = (value for name, value in fields.items() if str(name).lower().endswith(endings))
    return next((value for value in found if isinstance(value, str) and value.strip()), "")


def _text(value: Any) -> str:
    """A text without its marks and on one line, or '' for anything else."""
    return clean_text(" ".join(_TAGS.sub(" ", value).split())) if isinstance(value, str) else ""
