"""Callers of the API, one for each member of the cast. Every answer must be a documented one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from fleetward.identity.actions import issue_token
from fleetward.identity.models import User
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import TenantRow
from tests.api.documented import must_be_documented
from tests.cast import Cast, actor_of
from tests.db.warranty.conftest import simulator_server, simulators, vendors

__all__ = ["simulator_server", "simulators", "vendors"]
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Program:
    """A program with a token ('' is none). Bodies are sent as JSON."""

    token: str = ""

    def send(self, method: str, path: str, body: object = None, **headers: str) -> HttpResponse:
        client = Client(raise_request_exception=False, headers=self._headers(headers))
        address = path if path.startswith("/api") else PREFIX + path
        given: dict[str, Any] = {}
        if body is not None or method == "POST":
            # Without data the client would post an empty form, which is a body.
            given = {"data": b"" if body is None else body, "content_type": "application/json"}
        if "content_type" in headers:
            given["content_type"] = headers["content_type"]
        answer = _whole(getattr(client, method.lower())(address, **given))
        must_be_documented(method, address, answer)
        return answer

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, {} if body is None else body, **headers)

    def pages(self, path: str) -> Iterator[list[dict[str, Any]]]:
        """The rows of a list, page after page; `path` says how many a page has."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(f"{path}&cursor={cursor}" if cursor else path).json()
            yield page["items"]
            cursor = page["next"]

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        headers = {"host": "localhost"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        return headers | {name.replace("_", "-"): value for name, value in more.items()}


def _whole(answer: Any) -> HttpResponse:
    """A file that came in pieces, as one; reading it to its end closes it."""
    if not answer.streaming:
        return answer  # type: ignore[no-any-return]
    return HttpResponse(answer.getvalue(), status=answer.status_code, headers=answer.headers)


def program_of(user: User, tenant: TenantRow) -> Program:
    token = issue_token(
        actor=actor_of(user), user_id=user.id, tenant=tenant.id, name="CI", now=utc_now()
    )
    return Program(token)


@pytest.fixture
def admin(cast: Cast) -> Program:
    return program_of(cast.admin, cast.acme)


@pytest.fixture
def device_admin(cast: Cast) -> Program:
    return program_of(cast.device_admin, cast.acme)


@pytest.fixture
def reader(cast: Cast) -> Program:
    return program_of(cast.reader, cast.acme)


@pytest.fixture
def outsider(cast: Cast) -> Program:
    return program_of(cast.outsider, cast.other)


@pytest.fixture
def anonymous() -> Program:
    return Program()
