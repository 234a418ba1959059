"""What a row of a resale feed says: its columns, canonical values, or why it is refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date

from fleetward.devices.contracts import MOST_CHARACTERS, Refusal
from fleetward.devices.rules import (
    JunkList,
    canonical_product_number,
    canonical_serial,
    clean_text,
    normalise_manufacturer,
    other_maker,
    serial_problem,
)
from fleetward.devices.rules.values import DayOrder, read_day

NEEDED = {
    "location": "Partner Location ID",
    "serial": "Serial Number",
    "manufacturer": "Manufacturer",
}
OPTIONAL = {
    "product_number": "Product Number",
    "model": "Model",
    "order_number": "Order Number",
    "ordered_on": "Order Date",
    "shipped_on": "Ship Date",
}
COLUMNS = NEEDED | OPTIONAL
# Headers by field; compared without case, spaces, accents and punctuation.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "location": (
        "partnerlocationid", "locationid", "partnerid", "location", "partnerlocation",
        "identifiantdepartenaire", "identifiantdusite", "idpartenaire",
    ),
    "serial": ("serialnumber", "serial", "serialno", "sn", "numerodeserie", "nodeserie"),
    "manufacturer": (
        "manufacturer", "maker", "make", "brand", "vendor", "fabricant", "constructeur",
    ),
    "product_number": (
        "productnumber", "productno", "productid", "sku", "partnumber", "numerodeproduit",
        "referenceproduit",
    ),
    "model": ("model", "modelname", "productname", "description", "modele"),
    "order_number": (
        "ordernumber", "order", "orderno", "purchaseorder", "po", "numerodecommande", "commande",
    ),
    "ordered_on": ("orderdate", "orderedon", "datedecommande"),
    "shipped_on": ("shipdate", "shippedon", "shippingdate", "datedexpedition"),
}  # fmt: skip
_ACCENTS = str.maketrans("éèêàçùîôûâ", "eeeacuioua")
ORDER_CHARACTERS = 80
LOCATION_CHARACTERS = 40
# As the serial lists keep what was refused for its length.
_KEPT = 80


@dataclass(frozen=True, slots=True)
class Told:
    """A row, canonical; `refusal` is '' for a good one. The order is that of the staging table."""

    row_no: int
    location: str
    serial: str
    manufacturer: str
    other_maker: str
    product_number: str
    model: str
    order_number: str
    ordered_on: date | None
    shipped_on: date | None
    refusal: str


STAGED = tuple(field.name for field in fields(Told))


def columns_of(headers: Iterable[str]) -> dict[str, str]:
    """Which header gives which field; a field without one is left out."""
    known = {_squashed(header): header for header in reversed(list(headers))}
    found = {
        field: next((known[word] for word in words if word in known), None)
        for field, words in _HEADERS.items()
    }
    return {field: header for field, header in found.items() if header is not None}


def missing_columns(found: Iterable[str]) -> list[str]:
    """The headers without which no row can be understood."""
    given = set(found)
    return [header for field, header in NEEDED.items() if field not in given]


def _squashed(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.casefold().translate(_ACCENTS))


def read_row(row_no: int, given: Mapping[str, str], junk: JunkList) -> Told:
    """A row as it counts. An optional day that cannot be read is left out; nothing is guessed."""
    model = clean_text(given.get("model", ""))
    maker = normalise_manufacturer(clean_text(given.get("manufacturer", "")), model)
    serial = canonical_serial(given.get("serial", ""))
    texts = {
        "manufacturer": maker,
        "product_number": canonical_product_number(given.get("product_number", "")),
        "model": model,
    }
    order = clean_text(given.get("order_number", ""))
    return Told(
        row_no=row_no,
        location="".join(given.get("location", "").split()).upper()[:LOCATION_CHARACTERS],
        serial=serial[:_KEPT],
        manufacturer=maker[:_KEPT],
        other_maker=other_maker(maker, model),
        product_number=texts["product_number"][: MOST_CHARACTERS["product_number"]],
        model=model[: MOST_CHARACTERS["model"]],
        order_number=order[:ORDER_CHARACTERS],
        ordered_on=_day(given.get("ordered_on", "")),
        shipped_on=_day(given.get("shipped_on", "")),
        refusal=_refusal(serial, texts, order, junk),
    )


def _day(text: str) -> date | None:
    return read_day(clean_text(text), DayOrder.UNDECIDED)[0]


def _refusal(serial: str, texts: Mapping[str, str], order: str, junk: JunkList) -> str:
    problem = serial_problem(serial, junk)
    if problem is not None:
        return str(problem)
    if not texts["manufacturer"]:
        return str(Refusal.MISSING_MANUFACTURER)
    is_long = any(len(text) > MOST_CHARACTERS[field] for field, text in texts.items())
    return str(Refusal.VALUE_TOO_LONG) if is_long or len(order) > ORDER_CHARACTERS else ""
