"""GET /audit: the filters and the answers of the logs (L4)."""

from __future__ import annotations

import pytest

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.kernel.actor import Actor, system_actor
from tests.api.conftest import Program
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@use_case
def act(*, actor: Actor, tenant: int, verb: Verb, subject: str) -> None:
    record(actor=actor, verb=verb, tenant=tenant, subject=subject, now=NOW)


@pytest.fixture(autouse=True)
def story(cast: Cast) -> None:
    for who, verb, subject in (
        ("ada@acme.example", Verb.DEVICE_ADDED, "device:1"),
        ("ada@acme.example", Verb.USER_REMOVED, "user:7"),
        ("Bulk processing", Verb.CONNECTION_PAUSED, ""),
    ):
        actor = system_actor(who, cast.acme.id)
        act(actor=actor, tenant=cast.acme.id, verb=verb, subject=subject)


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ("", ["connection.paused", "user.removed", "device.added"]),
        ("sort=at", ["device.added", "user.removed", "connection.paused"]),
        ("type=DEVICES&type=USERS", ["user.removed", "device.added"]),
        ("verb=device.added&verb=run.started", ["device.added"]),
        ("level=WARNING", ["user.removed"]),
        ("actor=ada@acme.example&identifier=1", ["device.added"]),
        ("since=2026-11-22T12:00:00Z", ["connection.paused", "user.removed", "device.added"]),
        ("until=2026-11-22T13:00:00%2B01:00", []),
    ],
)
def test_l4_the_same_filters_as_the_page(admin: Program, query: str, verbs: list[str]) -> None:
    items = admin.get(f"/audit?{query}").json()["items"]
    assert [item["verb"] for item in items if item["verb"] != "token.issued"] == verbs


def test_an_entry_tells_its_type_and_level(admin: Program) -> None:
    (item,) = admin.get("/audit?verb=connection.paused").json()["items"]
    assert (item["type"], item["level"]) == ("SERVICES", "ERROR")


def test_pages_follow_each_other(admin: Program) -> None:
    ids = [
        row["id"] for page in admin.pages("/audit?limit=1&type=DEVICES&type=USERS") for row in page
    ]
    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize(
    "query",
    [
        "identifier=%00",
        "actor=%00",
        "actor=",
        "since=0001-01-01T00:00:00%2B14:00",
        "until=9999-12-31T23:59:59-12:00",
        "until=2026-11-22T12:00:00",
        "sort=verb",
        "cursor=WzFd",
    ],
)
def test_what_cannot_be_is_refused(admin: Program, query: str) -> None:
    assert admin.get(f"/audit?{query}").status_code == 422
