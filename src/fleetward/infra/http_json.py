"""Decodes JSON of strangers: typed by msgspec, with a limit on nesting that is cheap to check."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

MAX_DEPTH = 32
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = re.compile(rb'"[^"]*"')


class Unreadable(Exception):
    """The bytes are not JSON of the expected shape."""


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The typed value of `body`. Raises: Unreadable."""
    if nests_deeper_than(body, MAX_DEPTH):
        raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")
    try:
        body.decode("utf-8")  # a typed decoder looks only at the fields it knows
        return decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


def nests_deeper_than(body: bytes, limit: int) -> bool:
    """Whether arrays and objects nest deeper than `limit`; what is no JSON may seem to.

    Taking pairs of brackets away from inside out needs one pass for each level and runs in C, many
    times faster than a scan.
    """
    brackets = _without_strings(body)
    for _ in range(limit):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _without_strings(body: bytes) -> bytes:
    """The brackets of arrays and objects, all square. Those in strings would hide levels."""
    if b"\\" in body:
        # Pairs of backslashes first: what is left of a backslash escapes the next character.
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = body.translate(_AS_SQUARE, _NO_MARKS).replace(b'""', b"")
    return _STRING.sub(b"", marks) if b'"' in marks else marks
