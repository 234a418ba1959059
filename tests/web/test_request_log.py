"""One line for each request that reached a route: what was asked and how it ended, no secret."""

from __future__ import annotations

import pytest
from django.test import Client
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

pytestmark = pytest.mark.django_db


def lines_of(path: str, **headers: str) -> list[dict[str, object]]:
    with capture_logs(processors=[merge_contextvars]) as lines:
        answer = Client(headers={"host": "localhost", **headers}).get(path)
    told = [dict(line) for line in lines if line["event"] == "request"]
    assert all(line["request_id"] == answer["X-Request-ID"] for line in told)
    return told


def test_a_request_is_told_with_its_route_status_and_id() -> None:
    (line,) = lines_of("/account/login/")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/account/login/", 200)


def test_the_address_itself_is_not_told() -> None:
    (line,) = lines_of("/account/password/reset/key/a-CANARY/?password=CANARY")
    assert "CANARY" not in str(line)


def test_what_reaches_no_route_is_not_told() -> None:
    assert lines_of("/wp-login.php") == []
