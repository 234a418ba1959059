"""Reading JSON of strangers, and taking secrets out of their words."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleetward.infra.http_json import MAX_DEPTH, Unreadable, decode, nests_deeper_than
from fleetward.infra.http_redact import LONGEST, redacted

ANYTHING = msgspec.json.Decoder(object)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{}"\\ab'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\ab'), inner, max_size=3)
    ),
)


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max(map(depth, inner), default=0) + isinstance(value, list | dict)


@given(JSON, st.integers(0, 6))
@example([{"]": []}, "["], 2)
@example(["\\", [['\\"]']]], 2)
def test_depth_is_judged_right_whatever_strings_hold(value: object, limit: int) -> None:
    assert nests_deeper_than(msgspec.json.encode(value), limit) == (depth(value) > limit)


def test_json_within_the_limit_is_read() -> None:
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert decode(body, ANYTHING)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 1_000_000,
        b"",
        b"{",
        b"<html>",
        b'["\xff"]',
        b"nul",
    ],
)
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body, ANYTHING)


SECRET = "s3cr/et+=&"


@pytest.mark.parametrize(
    "text",
    [
        f"bad secret {SECRET}",
        f"grant=x&secret={quote(SECRET, safe='')}",
        f"header {b64encode(SECRET.encode()).decode()} refused",
    ],
)
def test_a_secret_goes_in_every_spelling(text: str) -> None:
    assert redacted(text, [SECRET]) != text
    for spelling in (SECRET, quote(SECRET, safe=""), b64encode(SECRET.encode()).decode()):
        assert spelling not in redacted(text, [SECRET])


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canary123456",
        "authorization: basic canary123456",
        '{"access_token": "canary123456"}',
        "client_secret=canary123456&x=1",
    ],
)
def test_what_looks_like_a_secret_goes_too(text: str) -> None:
    assert "canary" not in redacted(text)


def test_words_become_one_short_line() -> None:
    assert redacted("a\n\t b ") == "a b"
    assert len(redacted("x" * 5000)) == LONGEST
    assert redacted("no secret", [""]) == "no secret"
