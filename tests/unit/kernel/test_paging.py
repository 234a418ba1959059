"""Cursors: what we wrote comes back, anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.kernel.paging import (
    BadCursor,
    decode_cursor,
    decode_id,
    encode_cursor,
    page_of,
)

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.lists(st.none() | st.integers() | TEXTS)


@given(VALUES)
def test_cursor_comes_back(values: list[str | int | None]) -> None:
    assert decode_cursor(encode_cursor(values), len(values)) == values


@pytest.mark.parametrize("text", ["\0", "\ud800", "a\udfff"])
def test_what_postgresql_cannot_store_is_in_no_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(encode_cursor([text]), 1)


@given(st.text())
def test_anything_else_is_refused_or_read(text: str) -> None:
    try:
        values = decode_cursor(text, 2)
    except BadCursor:
        return
    assert len(values) == 2


@pytest.mark.parametrize("values", [[1.5], [True, {}], ["a\0b"], [[1]]])
def test_foreign_values_are_refused(values: list[object]) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(encode_cursor(values), len(values))


@given(st.lists(st.integers(1, 10**6), unique=True), st.integers(1, 10))
def test_pages_show_each_row_once_and_in_order(rows: list[int], limit: int) -> None:
    rows, shown, after = sorted(rows), [], 0
    while True:
        found = [row for row in rows if row > after][: limit + 1]
        page = page_of(found, limit, number=lambda row: row, row=str)
        shown += page.rows
        if page.after is None:
            break
        after = decode_id(page.after)
    assert shown == [str(row) for row in rows]
