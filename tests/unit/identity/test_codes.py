"""Codes of authenticator apps: those of the standard, each within its time, each once."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from fleetward.identity.second_factor.rules import (
    app_address,
    code_of_step,
    grouped,
    is_recovery_code,
    matching_step,
    recovery_digest,
    step_at,
    typed_code,
)

# RFC 6238, appendix B: the secret of its SHA-1 rows, of whose eight digits six are shown.
SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 22, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_of_step(SECRET, seconds // 30) == code


@pytest.mark.parametrize(("steps", "is_accepted"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(steps: int, is_accepted: bool) -> None:
    code = code_of_step(SECRET, step_at(NOW + timedelta(seconds=30 * steps)))
    assert (matching_step(SECRET, code, NOW, after=-1) is not None) is is_accepted


def test_a_code_before_the_last_one_used_is_refused() -> None:
    present = step_at(NOW)
    assert matching_step(SECRET, code_of_step(SECRET, present), NOW, after=present) is None
    assert matching_step(SECRET, code_of_step(SECRET, present - 1), NOW, after=present) is None
    assert matching_step(SECRET, code_of_step(SECRET, present + 1), NOW, after=present) is not None


def test_apps_read_the_address() -> None:
    parts = urlsplit(app_address(SECRET, issuer="Fleetward", account="a+b@acme.example"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Fleetward%3Aa%2Bb@acme.example"
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["Fleetward"]}


def test_recovery_codes_survive_being_read_aloud_and_belong_to_one_user() -> None:
    assert grouped("0123456789AB") == "0123-4567-89AB"
    typed = typed_code(" oi23 4567-89ab")
    assert recovery_digest(typed, owner="a") == recovery_digest("0123456789AB", owner="a")
    assert recovery_digest(typed, owner="b") != recovery_digest(typed, owner="a")
    assert is_recovery_code("0123-4567-89AB")
    assert not is_recovery_code("<script>")
