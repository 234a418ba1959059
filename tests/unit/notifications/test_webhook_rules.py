"""Standard Webhooks as its own library reads what we send; and when something is sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from fleetward.notifications.webhooks.rules import (
    WAITS,
    body_of,
    headers_of,
    is_gone,
    is_taken,
    secret_of,
    wait_after,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
FIRST, SECOND = secret_of(b"1" * 32), secret_of(b"2" * 32)
BODY = body_of("COVERAGE_ENDS", {"devices": 3, "name": "Société"}, NOW)


def test_the_body_says_what_happened_and_when() -> None:
    assert BODY == (
        '{"type": "COVERAGE_ENDS", "timestamp": "2026-11-22T12:00:00.123456Z",'
        ' "data": {"devices": 3, "name": "Société"}}'
    )


@pytest.mark.parametrize("secret", [FIRST, SECOND])
def test_either_secret_verifies_while_both_sign(secret: str) -> None:
    at = datetime.now(UTC)
    headers = headers_of([FIRST, SECOND], "6f1d2c1e", BODY, at)
    assert standardwebhooks.Webhook(secret).verify(BODY.encode(), headers)["data"]["devices"] == 3


@pytest.mark.parametrize("change", ["body", "webhook-id", "webhook-timestamp"])
def test_what_was_changed_on_its_way_does_not_verify(change: str) -> None:
    at = datetime.now(UTC)
    headers = headers_of([FIRST], "6f1d2c1e", BODY, at)
    body = BODY.replace("3", "4") if change == "body" else BODY
    if change != "body":
        headers[change] = str(int(at.timestamp()) + 1)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(FIRST).verify(body, headers)


def test_it_is_tried_for_three_days() -> None:
    assert wait_after(1) == timedelta(seconds=5)
    assert wait_after(len(WAITS)) == timedelta(hours=24)
    assert wait_after(len(WAITS) + 1) is None
    assert timedelta(days=3) < sum(WAITS, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize(
    ("status", "taken", "gone"),
    [
        (199, False, False),
        (200, True, False),
        (299, True, False),
        (300, False, False),
        (410, False, True),
        (500, False, False),
    ],
)
def test_only_a_success_is_taken(status: int, taken: bool, gone: bool) -> None:
    assert (is_taken(status), is_gone(status)) == (taken, gone)
