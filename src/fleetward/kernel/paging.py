"""Keyset paging: a page knows the cursors of its neighbours and no page numbers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from fleetward.kernel.errors import Invalid

Found = TypeVar("Found")
Row = TypeVar("Row")
MAX_LIMIT = 1000
LARGEST_ID = 2**63 - 1


@dataclass(eq=False)
class BadCursor(Invalid):
    """The cursor was not made by us, or for another list."""

    code: ClassVar[str] = "bad_cursor"
    text: ClassVar[str] = "This page mark is not valid for the list."
    fix: ClassVar[str] = "Start again at the first page."


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`rows` in the order asked for; `after` and `before` are cursors, None at either end."""

    rows: Sequence[Row]
    after: str | None = None
    before: str | None = None


def encode_cursor(values: Sequence[object]) -> str:
    """An opaque, URL-safe cursor of a row's sort values."""
    text = json.dumps(list(values), separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str | int | None]:
    """The sort values of a cursor. Raises: BadCursor."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        raise BadCursor from None
    if not isinstance(values, list) or len(values) != length:
        raise BadCursor
    if not all(v is None or (isinstance(v, str | int) and _can_be_stored(str(v))) for v in values):
        raise BadCursor
    return values


def decode_place(cursor: str, length: int) -> list[int]:
    """The numbers of a cursor that holds nothing else. Raises: BadCursor."""
    return [_number(value) for value in decode_cursor(cursor, length)]


def _can_be_stored(text: str) -> bool:
    """PostgreSQL takes neither NUL nor halves of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= symbol <= "\udfff" for symbol in text)


def decode_id(cursor: str) -> int:
    """The id or number of a cursor that holds nothing else. Raises: BadCursor."""
    return decode_place(cursor, 1)[0]


def _number(value: str | int | None) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_ID:
        raise BadCursor
    return value


def page_of(
    found: Sequence[Found], limit: int, number: Callable[[Found], int], row: Callable[[Found], Row]
) -> Page[Row]:
    """A page of rows that are in the order of a number, such as their id (`decode_id`)."""
    return placed_page([((number(one),), row(one)) for one in found], limit)


def placed_page(found: Sequence[tuple[Sequence[int | str], Row]], limit: int) -> Page[Row]:
    """A page of `limit` rows; of what was found, one more says that there is another page.

    The cursor holds the place of the page's last row, what the list is in the order of
    (numbers: `decode_place`).
    """
    after = encode_cursor(found[limit - 1][0]) if len(found) > limit else None
    return Page([row for _, row in found[:limit]], after=after)
