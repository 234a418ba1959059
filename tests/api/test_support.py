"""Support requests over the API, from both sides (L8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpResponse

from fleetward.support.store import place, places
from tests.api.conftest import Program, program_of
from tests.cast import make_vendor

ASKED = {
    "subject": "Two machines are missing",
    "text": "They were delivered a week ago.",
    "category": "MISSING_DEVICES",
    "serials": ["5XK2QL3", " 5xk2ql3 ", "7YH2QL3"],
}
MINE, THEIRS = "/support-requests", "/operator/support-requests"


@pytest.fixture
def operator(db: None) -> Program:
    vendor, user = make_vendor()
    return program_of(user, vendor)


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    before = set(places())
    yield
    for uid in set(places()) - before:
        place(uid).discard()


def ask(program: Program, **more: object) -> HttpResponse:
    return program.post(MINE, ASKED | more)


def test_l8_both_sides_follow_a_request(admin: Program, operator: Program) -> None:
    made = ask(admin)
    assert made.status_code == 201
    uid = made.json()["id"]
    assert made["Location"].endswith(f"{MINE}/{uid}")
    assert made.json()["serials"] == ["5XK2QL3", "7YH2QL3"]
    read = operator.get(f"{THEIRS}/{uid}").json()
    assert (read["tenant"], read["state"]) == ("Acme", "OPEN")
    answered = operator.post(f"{THEIRS}/{uid}/messages", {"text": "Which order?"})
    assert (answered.status_code, answered.json()["state"]) == (201, "ANSWERED")
    admin.post(f"{MINE}/{uid}/messages", {"text": "Number 4711."})
    assert operator.post(f"{THEIRS}/{uid}/close").json()["state"] == "CLOSED"
    refused = admin.post(f"{MINE}/{uid}/messages", {"text": "Wait."})
    assert (refused.status_code, refused.json()["code"]) == (409, "request_closed")
    found = admin.post(f"{MINE}/{uid}/reopen").json()
    assert [(m["side"], m["step"]) for m in found["messages"]] == [
        ("TENANT", "MESSAGE"),
        ("OPERATOR", "MESSAGE"),
        ("TENANT", "MESSAGE"),
        ("OPERATOR", "CLOSED"),
        ("TENANT", "REOPENED"),
    ]


@pytest.mark.parametrize("sides", ["tenant", "operator"])
def test_a_file_is_a_message_that_the_other_side_downloads(
    admin: Program, operator: Program, sides: str
) -> None:
    uid = ask(admin).json()["id"]
    sender, base = (admin, MINE) if sides == "tenant" else (operator, THEIRS)
    reader, other = (operator, THEIRS) if sides == "tenant" else (admin, MINE)
    sent = sender.send(
        "POST",
        f"/api/v1{base}/{uid}/files?file_name=../rows.csv&text=See",
        b"Serial\n5XK2QL3\n",
        content_type="application/octet-stream",
    )
    assert sent.status_code == 201
    message = sent.json()["messages"][-1]
    [file] = message["files"]
    assert (message["text"], file["name"], file["size"]) == ("See", "rows.csv", 15)
    got = reader.get(f"{other}/{uid}/files/{file['id']}")
    assert got.content == b"Serial\n5XK2QL3\n"
    assert got["Content-Disposition"] == 'attachment; filename="rows.csv"'


def test_the_same_key_sends_a_file_once(admin: Program, operator: Program) -> None:
    uid = ask(admin).json()["id"]

    def send(data: bytes) -> HttpResponse:
        return admin.send(
            "POST",
            f"/api/v1{MINE}/{uid}/files?file_name=a.csv",
            data,
            content_type="text/csv",
            idempotency_key="one",
        )

    assert "Idempotency-Replayed" not in send(b"a")
    again = send(b"a")
    assert again["Idempotency-Replayed"] == "true"
    assert len(again.json()["messages"]) == 2
    refused = send(b"b")
    assert refused.json()["code"] == "idempotency_key_reused"
    assert refused.json()["fields"] == {"key": "one"}


def test_a_large_file_is_refused_before_it_is_read(admin: Program, operator: Program) -> None:
    uid = ask(admin).json()["id"]
    refused = admin.send(
        "POST",
        f"/api/v1{MINE}/{uid}/files?file_name=a.bin",
        b"x" * (11 * 1024 * 1024 + 1),
        content_type="application/octet-stream",
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "attachment_too_large")
    assert len(admin.get(f"{MINE}/{uid}").json()["messages"]) == 1


def test_where_nobody_answers_asking_is_refused(admin: Program) -> None:
    refused = ask(admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody_answers")


def test_lists_are_filtered(admin: Program, operator: Program) -> None:
    uid = ask(admin).json()["id"]
    for query, is_there in (
        ("?state=OPEN", True),
        ("?state=CLOSED", False),
        ("?tenant=acm", True),
        ("?tenant=globex", False),
        ("?quiet_days=1", False),
    ):
        items = operator.get(f"{THEIRS}{query}").json()["items"]
        assert [item["id"] for item in items] == ([uid] if is_there else [])
    assert admin.get(f"{MINE}?state=CLOSED").json()["items"] == []
    assert admin.get(f"{MINE}?tenant=acm").status_code == 422


def test_neither_side_has_the_operations_of_the_other(admin: Program, operator: Program) -> None:
    uid = ask(admin).json()["id"]
    assert operator.get(f"{MINE}/{uid}").status_code == 403
    assert admin.get(f"{THEIRS}/{uid}").status_code == 403


def test_another_tenant_finds_nothing(admin: Program, operator: Program, outsider: Program) -> None:
    uid = ask(admin).json()["id"]
    assert outsider.get(f"{MINE}/{uid}").status_code == 404
    assert outsider.get(MINE).json()["items"] == []
