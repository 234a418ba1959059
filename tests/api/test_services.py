"""External services over HTTP (W2, W3): secrets go in and never come out."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from fleetward.audit.models import Entry
from fleetward.infra.tx import tenant_scope
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast
from tests.simulators import Simulators

DELL = "/external-services/dell"
CANARY = "canary-secret-5517"
VALUES = {"client_id": "l7abc", "client_secret": CANARY}


def saved(program: Program, **more: object) -> dict[str, Any]:
    answer = program.send("PUT", DELL, {"values": VALUES} | more)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_every_installed_service_is_listed_with_its_fields(admin: Program) -> None:
    every = admin.get("/external-services").json()["items"]
    assert [service["provider"] for service in every] == [
        "apple",
        "cisco",
        "dell",
        "dynabook",
        "hp",
        "lenovo",
    ]
    assert all(service["connection"] is None for service in every)
    without = [one["provider"] for one in every if not any(f["is_secret"] for f in one["fields"])]
    assert without == ["dynabook"]


def test_services_come_in_pages(admin: Program) -> None:
    pages = list(admin.pages("/external-services?limit=4"))
    assert [len(page) for page in pages] == [4, 2]
    assert [one for page in pages for one in page] == admin.get("/external-services").json()[
        "items"
    ]
    problem(admin.get("/external-services?cursor=WzFd"), 422, "bad_cursor")


def test_w2_a_secret_never_comes_out(cast: Cast, admin: Program) -> None:
    with capture_logs() as logs:
        shown = saved(admin)
        assert shown["connection"]["secrets"] == ["client_secret"]
        assert shown["connection"]["settings"] == {"client_id": "l7abc"}
        answers = [
            admin.send(method, path).content
            for method, path in [
                ("GET", DELL),
                ("GET", "/external-services"),
                ("GET", "/audit"),
                ("POST", f"{DELL}/disable"),
                ("POST", f"{DELL}/enable"),
            ]
        ]
    assert not [body for body in answers if CANARY.encode() in body]
    assert CANARY not in str(logs)
    with tenant_scope([cast.acme.id]):
        assert CANARY not in str(list(Entry.objects.values_list("details", flat=True)))
    structlog.reset_defaults()


def test_w2_a_refusal_does_not_repeat_the_secret(admin: Program) -> None:
    for bad in (CANARY + "\n", CANARY * 100, 12345):
        answer = admin.send("PUT", DELL, {"values": VALUES | {"client_secret": bad}})
        assert answer.status_code in (200, 422)
        assert CANARY.encode() not in answer.content


def test_w2_a_secret_that_is_left_out_is_kept(admin: Program) -> None:
    saved(admin)
    kept = admin.send("PUT", DELL, {"values": {"client_id": "l7abc"}}).json()
    assert kept["connection"]["secrets"] == ["client_secret"]


def test_incomplete_credentials_cannot_be_enabled(admin: Program) -> None:
    body = {"values": {"client_id": "l7abc"}}
    problem(admin.send("PUT", DELL, body), 422, "connection_secret_missing")
    off = admin.send("PUT", DELL, body | {"is_enabled": False}).json()
    assert (off["connection"]["is_enabled"], off["connection"]["is_usable"]) == (False, False)
    problem(admin.post(f"{DELL}/enable"), 422, "connection_secret_missing")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"values": VALUES | {"password": "x"}}, "warranty_unknown_field"),
        ({"values": VALUES | {"client_id": "x\u0007"}}, "connection_bad_field"),
        ({"values": VALUES | {"client_id": "x" * 501}}, "connection_bad_field"),
        ({"values": []}, "invalid_request"),
        ({"values": {"client_id": None}}, "invalid_request"),
        ({"values": VALUES, "base_url": "http://127.0.0.1"}, "invalid_request"),
        ({"values": VALUES, "secret_expires_on": "never"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
def test_bad_credentials_are_refused(admin: Program, body: object, code: str) -> None:
    problem(admin.send("PUT", DELL, body), 422, code)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_services_are_not_found(admin: Program, method: str) -> None:
    body = {"values": {}} if method == "PUT" else None
    answer = admin.send(method, "/external-services/acme", body)
    problem(answer, 404, "warranty_unknown_provider")


@pytest.mark.parametrize("verb", ["test", "enable", "disable"])
def test_what_is_not_set_up_cannot_be_used(admin: Program, verb: str) -> None:
    problem(admin.post(f"{DELL}/{verb}"), 409, "connection_not_set_up")


def test_test_connection_answers_in_the_vendors_words(admin: Program, vendors: Simulators) -> None:
    saved(admin)
    assert admin.post(f"{DELL}/test").json()["is_ok"] is True
    assert admin.get(DELL).json()["connection"]["state"] == "OK"
    vendors.dial("dell", force_status=500)
    answer = admin.post(f"{DELL}/test").json()
    assert answer["is_ok"] is False
    assert answer["text"]


def test_w3_a_waiting_secret_is_seen_tested_and_dropped(
    admin: Program, vendors: Simulators
) -> None:
    saved(admin)
    admin.post(f"{DELL}/test")
    waiting = saved(admin, secret_expires_on="2031-02-03")["connection"]
    assert (waiting["has_next_secret"], waiting["next_expires_on"]) == (True, "2031-02-03")
    vendors.dial("dell", refuse_credentials=True)
    admin.post(f"{DELL}/test")
    failed = admin.get(DELL).json()["connection"]
    assert (failed["state"], failed["latest_errors"], failed["next_tested_at"] is not None) == (
        "OK",
        [],
        True,
    )
    assert "401" in failed["next_error"]
    for _ in range(2):
        assert admin.send("DELETE", f"{DELL}/next-secret").status_code == 204
    assert admin.get(DELL).json()["connection"]["has_next_secret"] is False


def test_w2_the_last_errors_are_told_with_their_time(admin: Program, vendors: Simulators) -> None:
    saved(admin)
    for status in (500, 503):
        vendors.dial("dell", force_status=status)
        admin.post(f"{DELL}/test")
    shown = admin.get(DELL).json()["connection"]
    assert [error["text"][:8] for error in shown["latest_errors"]] == ["HTTP 503", "HTTP 500"]
    assert (shown["latest_error"], shown["latest_error_at"]) == (
        shown["latest_errors"][0]["text"],
        shown["latest_errors"][0]["at"],
    )


def test_a_removed_service_is_not_set_up(admin: Program) -> None:
    saved(admin)
    assert admin.send("DELETE", DELL).status_code == 204
    assert admin.get(DELL).json()["connection"] is None
    problem(admin.send("DELETE", DELL), 409, "connection_not_set_up")
