"""Refusals: problem details with a stable code, whatever is wrong with a request (RFC 9457)."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client, override_settings

from fleetward.api.v1 import tenant as tenant_module
from fleetward.identity.actions import issue_token
from fleetward.identity.models import Token
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.models import Membership
from tests.api.conftest import Program, program_of
from tests.api.documented import document
from tests.api.world import QUERIES
from tests.cast import Cast, actor_of

READ = "/notifications/read"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of an answer that must be this problem."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["detail"]
    assert body["fix"]
    assert body["request_id"] == answer["X-Request-ID"]
    return body


def test_anonymous_is_told_how_to_send_a_token(cast: Cast, anonymous: Program) -> None:
    answer = anonymous.get("/tenant")
    problem(answer, 401, "token_needed")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer fwt_x", "fwt_x"])
def test_what_is_no_token_is_like_none(cast: Cast, header: str) -> None:
    client = Client(headers={"host": "localhost", "authorization": header})
    problem(client.get("/api/v1/tenant"), 401, "token_needed")


def test_session_of_a_browser_opens_nothing(cast: Cast) -> None:
    client = Client(headers={"host": "localhost"})
    client.force_login(cast.admin)
    problem(client.get("/api/v1/tenant"), 401, "token_needed")


def test_token_of_a_disabled_user_dies_at_once(cast: Cast, admin: Program) -> None:
    assert admin.get("/tenant").status_code == 200
    type(cast.admin).objects.filter(id=cast.admin.id).update(is_active=False)
    problem(admin.get("/tenant"), 401, "token_needed")


def test_token_ends_with_the_membership_of_its_user(cast: Cast, admin: Program) -> None:
    Membership.objects.filter(user=cast.admin).update(is_active=False)
    problem(admin.get("/tenant"), 401, "token_needed")


def test_token_ends_when_it_is_revoked_or_expires(cast: Cast, admin: Program) -> None:
    Token.objects.update(expires_at=utc_now())
    problem(admin.get("/tenant"), 401, "token_needed")
    Token.objects.update(expires_at=None, revoked_at=utc_now())
    problem(admin.get("/tenant"), 401, "token_needed")


def test_token_never_exceeds_the_present_role_of_its_user(cast: Cast, admin: Program) -> None:
    assert admin.get("/audit").status_code == 200
    Membership.objects.filter(user=cast.admin).update(role=Role.DEVICE_ADMIN)
    problem(admin.get("/audit"), 403, "forbidden")
    assert admin.get("/tenant").json()["role"] == "DEVICE_ADMIN"


def test_token_is_bound_to_one_tenant_of_its_user(cast: Cast) -> None:
    Membership.objects.create(
        tenant_id=cast.other.id, user=cast.admin, role=Role.IT_ADMIN, joined_at=utc_now()
    )
    for tenant in (cast.acme, cast.other):
        program = program_of(cast.admin, tenant)
        assert program.get("/tenant").json()["customer_id"] == tenant.customer_id


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nope"), ("POST", "/nope"), ("GET", "/"), ("GET", "/tenant/"), ("PUT", "/api/v2/x")],
)
def test_unknown_addresses_are_problems_too(admin: Program, method: str, path: str) -> None:
    problem(admin.send(method, path), 404, "not_found")


def test_unknown_method_names_those_that_work(admin: Program) -> None:
    answer = admin.send("DELETE", "/tenant")
    problem(answer, 405, "method_not_allowed")
    assert sorted(answer["Allow"].split(", ")) == ["GET", "PATCH"]


@pytest.mark.parametrize("path", ["/tenant?x=1", "/audit?verbs=device.added", "/audit?limit=5&a=b"])
def test_unknown_parameters_are_refused_not_ignored(admin: Program, path: str) -> None:
    body = problem(admin.get(path), 422, "invalid_request")
    assert body["problems"][0]["where"].startswith("query.")


def test_a_body_where_none_is_read_is_refused_not_ignored(admin: Program) -> None:
    """Otherwise the run that a program has asked to be of a few devices is one of all."""
    wrong = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            # The operator's and a partner's are for nobody of a customer, whatever is sent.
            is_ours = not path.startswith(("/api/v1/operator/", "/api/v1/transfers"))
            if is_ours and method != "get" and "requestBody" not in operation:
                address = re.sub(r"{\w+}", str(uuid.uuid4()), path)
                address += QUERIES.get(operation["operationId"], "")
                answer = admin.send(method, address, {"scope": "EXPIRED"})
                told = [problem["where"] for problem in answer.json().get("problems", [])]
                if (answer.status_code, told[-1:]) != (422, ["body"]):
                    wrong[operation["operationId"]] = answer.content
    assert wrong == {}


@pytest.mark.parametrize("body", [b"", b"{}", b" {}\n"])
def test_an_empty_body_says_nothing(admin: Program, body: bytes) -> None:
    uid = admin.post("/warranty-runs").json()["id"]
    assert admin.post(f"/warranty-runs/{uid}/cancel", body).status_code == 200


@pytest.mark.parametrize("body", [b"[]", b"null", b"scope=EXPIRED", b"\xff", b"{}" + b" " * 1000])
def test_any_other_body_says_something(admin: Program, body: bytes) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        answer = admin.post("/external-services/dell/disable", body)
    assert problem(answer, 422, "invalid_request")["problems"][0]["where"] == "body"


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many", "", "1e3", "50.5"])
def test_limit_is_between_1_and_1000(admin: Program, limit: str) -> None:
    body = problem(admin.get(f"/audit?limit={limit}"), 422, "invalid_request")
    assert [p["where"] for p in body["problems"]] == ["query.limit"]


# Of another list, no JSON, a word, nothing, a truth, and what is larger than any id.
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "WyJhIiwiYiJd",
        "é",
        "e30",
        "WyJhIl0",
        "W251bGxd",
        "W3RydWVd",
        "WzFlOTld",
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OV0",
    ],
)
def test_bad_cursors_are_refused(admin: Program, cursor: str) -> None:
    problem(admin.get(f"/audit?cursor={cursor}"), 422, "bad_cursor")


BODIES = {
    b"{": (400, "malformed_body"),
    b"{'ids': null}": (400, "malformed_body"),
    b'{"ids": NaN}': (400, "malformed_body"),
    b'\xff\xfe{"ids": null}': (400, "malformed_body"),
    b"[" * 100_000: (400, "malformed_body"),
    b"": (422, "invalid_request"),
    b"null": (422, "invalid_request"),
    b"[]": (422, "invalid_request"),
    b'"ids"': (422, "invalid_request"),
    b'{"ids": ["x"]}': (422, "invalid_request"),
    b'{"ids": null, "all": true}': (422, "invalid_request"),
    b'{"ids": {}}': (422, "invalid_request"),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.items(), ids=lambda value: str(value)[:20])
def test_bad_bodies(admin: Program, body: bytes, expected: tuple[int, str]) -> None:
    problem(admin.post(READ, body), *expected)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_json_must_be_declared_as_json(admin: Program, kind: str) -> None:
    problem(admin.post(READ, b"{}", content_type=kind), 415, "wrong_media_type")


def test_a_body_that_is_too_large_is_refused(admin: Program) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
        problem(admin.post(READ, b'{"ids": null}' + b" " * 1000), 413, "body_too_large")


def test_a_mistake_of_ours_is_a_problem_without_details(
    admin: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(request: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(tenant_module, "caller_of", breaks)
    answer = admin.get("/tenant")
    problem(answer, 500, "server_error")
    assert b"secret" not in answer.content


def test_answers_are_kept_nowhere(admin: Program) -> None:
    assert admin.get("/tenant")["Cache-Control"] == "no-store"


def test_expired_tokens_of_one_user_do_not_end_others(cast: Cast, admin: Program) -> None:
    issue_token(
        actor=actor_of(cast.reader),
        user_id=cast.reader.id,
        tenant=cast.acme.id,
        name="x",
        now=utc_now(),
    )
    Token.objects.filter(user=cast.reader).update(revoked_at=utc_now())
    assert admin.get("/tenant").status_code == 200
