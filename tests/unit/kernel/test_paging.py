"""Cursors: what we wrote comes back, anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetward.kernel.paging import BadCursor, decode_cursor, encode_cursor

VALUES = st.lists(st.none() | st.integers() | st.text(st.characters(exclude_characters="\0")))


@given(VALUES)
def test_cursor_comes_back(values: list[str | int | None]) -> None:
    assert decode_cursor(encode_cursor(values), len(values)) == values


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
