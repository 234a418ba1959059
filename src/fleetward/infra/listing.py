"""Pages of rows that are listed as they came, the latest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Model, QuerySet

from fleetward.kernel.paging import Page, Row, decode_id, page_of

Stored = TypeVar("Stored", bound=Model)


def latest_first(
    rows: QuerySet[Stored], *, cursor: str | None, limit: int, row: Callable[[Stored], Row]
) -> Page[Row]:
    """The page behind the cursor, by id. Raises: BadCursor."""
    rows = rows.order_by("-id")
    if cursor:
        rows = rows.filter(id__lt=decode_id(cursor))
    return page_of(list(rows[: limit + 1]), limit, lambda one: int(one.pk), row)
