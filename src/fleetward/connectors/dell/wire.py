"""Dell's JSON as typed models; the only place that knows Dell's field names."""

from __future__ import annotations

from typing import cast

import msgspec

from fleetward.connectors.answers import Identified, Item, items_of
from fleetward.connectors.values import Loose, clean_serial


class Line(msgspec.Struct, rename="camel"):
    """One entitlement."""

    item_number: Loose = None
    start_date: str | None = None
    end_date: str | None = None
    entitlement_type: Loose = None
    service_level_code: Loose = None
    service_level_description: Loose = None


class Tag(msgspec.Struct, rename="camel"):
    """An asset of which only the tag is read."""

    service_tag: str | None = None

    @property
    def serial(self) -> str:
        return clean_serial(self.service_tag)

    @property
    def product_number(self) -> str:
        return ""


class Asset(Tag, rename="camel"):
    """One machine with its entitlements; anything but the tag may be null or absent."""

    ship_date: str | None = None
    product_line_description: Loose = None
    system_description: Loose = None
    invalid: bool | None = None
    entitlements: list[Line] | None = None


_ASSET = msgspec.json.Decoder(Asset, strict=False)
_TAG = cast("msgspec.json.Decoder[Identified]", msgspec.json.Decoder(Tag))


def read_assets(body: bytes) -> list[Item[Asset]]:
    """The assets of an answer. Raises: Unreadable."""
    return items_of(body, _ASSET, _TAG)
