"""Apple's JSON as typed models; the only place that knows Apple's field names."""

from __future__ import annotations

import msgspec

from fleetward.connectors.values import Loose
from fleetward.infra.http_json import Unreadable, decode


class Cover(msgspec.Struct, rename="camel"):
    """One line of cover."""

    description: Loose = None
    status: Loose = None
    payment_type: Loose = None
    agreement_number: Loose = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    is_canceled: bool | None = None


class Resource(msgspec.Struct):
    """The envelope of a line."""

    attributes: Cover


class Paging(msgspec.Struct, rename="camel"):
    """How much of an answer there is beside this page."""

    total: int | None = None
    next_cursor: str | None = None


class Meta(msgspec.Struct):
    paging: Paging | None = None


class Links(msgspec.Struct):
    next: str | None = None


class Document(msgspec.Struct):
    """The lines of one device."""

    data: list[msgspec.Raw]
    links: Links | None = None
    meta: Meta | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there are no more lines elsewhere."""
        paging = (self.meta.paging if self.meta else None) or Paging()
        has_more = paging.next_cursor or (self.links and self.links.next)
        return not has_more and len(self.data) >= (paging.total or 0)


class Problem(msgspec.Struct):
    status: Loose = None


class Problems(msgspec.Struct):
    errors: list[Problem]


_DOCUMENT = msgspec.json.Decoder(Document, strict=False)
_RESOURCE = msgspec.json.Decoder(Resource, strict=False)
_PROBLEMS = msgspec.json.Decoder(Problems, strict=False)


def read_document(body: bytes) -> Document:
    """The answer about one device. Raises: Unreadable."""
    document = decode(body, _DOCUMENT)
    if not document.is_whole:
        raise Unreadable("lines are missing")
    return document


def read_lines(document: Document) -> list[Cover]:
    """Its lines of cover. Raises: Unreadable."""
    return [decode(bytes(raw), _RESOURCE).attributes for raw in document.data]


def says_not_found(body: bytes) -> bool:
    """Whether it is Apple itself that does not know the device, and no gateway the address."""
    try:
        return any(str(one.status) == "404" for one in decode(body, _PROBLEMS).errors)
    except Unreadable:
        return False
