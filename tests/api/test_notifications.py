"""GET /notifications with its filters, and putting one aside (L5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NEVER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def story(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        for kind, level in ((Kind.IMPORT_REFUSED, Level.ERROR), (Kind.RUN_CANCELLED, Level.INFO)):
            post(
                tenant=cast.acme.id,
                users=[cast.admin.id],
                kind=kind,
                key=kind,
                params={"file": "x.csv", "done": 1},
                now=utc_now(),
                level=level,
            )


def kinds(program: Program, query: str = "") -> list[str]:
    return [item["kind"] for item in program.get(f"/notifications?{query}").json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["RUN_CANCELLED", "IMPORT_REFUSED"]),
        ("topic=IMPORTS", ["IMPORT_REFUSED"]),
        ("kind=RUN_CANCELLED&kind=RUN_DONE", ["RUN_CANCELLED"]),
        ("level=ERROR", ["IMPORT_REFUSED"]),
        ("is_unread=true", ["RUN_CANCELLED", "IMPORT_REFUSED"]),
        ("is_snoozed=true", []),
    ],
)
def test_l5_the_same_filters_as_the_page(admin: Program, query: str, expected: list[str]) -> None:
    assert kinds(admin, query) == expected


def test_l5_one_is_put_aside_and_brought_back(admin: Program) -> None:
    newest = admin.get("/notifications").json()["items"][0]["id"]
    until = (utc_now() + timedelta(hours=2)).isoformat()
    assert admin.post(f"/notifications/{newest}/snooze", {"until": until}).status_code == 200
    assert kinds(admin) == ["IMPORT_REFUSED"]
    (aside,) = admin.get("/notifications?is_snoozed=true").json()["items"]
    assert aside["snoozed_until"] is not None
    assert admin.post(f"/notifications/{newest}/snooze", {"until": None}).status_code == 200
    assert kinds(admin) == ["RUN_CANCELLED", "IMPORT_REFUSED"]


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_a_moment_that_is_over_or_far_away_is_refused(admin: Program, hours: int) -> None:
    newest = admin.get("/notifications").json()["items"][0]["id"]
    until = (utc_now() + timedelta(hours=hours)).isoformat()
    refused = admin.post(f"/notifications/{newest}/snooze", {"until": until})
    problem(refused, 422, "bad_snooze")


def test_nobody_puts_aside_what_is_told_to_somebody_else(
    admin: Program, device_admin: Program
) -> None:
    newest = admin.get("/notifications").json()["items"][0]["id"]
    for uid in (newest, NEVER):
        answer = device_admin.post(f"/notifications/{uid}/snooze", {"until": None})
        assert answer.status_code == 404
