"""Webhooks as a program sets them up: a secret told once, deliveries listed and replayed."""

from __future__ import annotations

from typing import Any

import pytest

from fleetward.infra.sql import fetch_text
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Delivery, Webhook
from fleetward.notifications.webhooks.actions import deliver
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.cast import Cast
from tests.db.notifications.receiver import receiving
from tests.plugins.variables import SetEnv

HOOK: dict[str, object] = {"name": "Tickets", "url": "https://hooks.example.org/fleetward"}


def made(admin: Program, **fields: object) -> dict[str, Any]:
    answer = admin.post("/webhooks", HOOK | fields)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def without_secret(hook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hook.items() if name != "secret"}


def happens(cast: Cast, kind: Kind, *keys: str) -> None:
    with tenant_scope([cast.acme.id]):
        for key in keys:
            params = {"devices": 3}
            post(tenant=cast.acme.id, users=[], kind=kind, key=key, params=params, now=utc_now())


def work(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        waiting = [(d.id, d.turn) for d in Delivery.objects.filter(state="PENDING")]
    for delivery, turn in waiting:
        deliver(tenant=cast.acme.id, delivery=delivery, turn=turn, clock=utc_now)


def test_the_secret_is_told_once(cast: Cast, admin: Program) -> None:
    first = admin.post("/webhooks", HOOK, idempotency_key="one")
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    again = admin.post("/webhooks", HOOK, idempotency_key="one").json()
    assert again == first.json() | {"secret": None}
    where = first["Location"]
    assert admin.get(where).json() == without_secret(again)
    assert admin.get("/webhooks").json() == {"items": [without_secret(again)], "next": None}
    with tenant_scope([cast.acme.id]):
        kept = fetch_text("SELECT convert_from(body, 'UTF8') FROM infra_idempotency", [])
    assert len(kept) == 1
    assert secret not in kept[0][0]


def test_another_secret_is_told_once_too(cast: Cast, admin: Program) -> None:
    hook = made(admin)
    where = f"/webhooks/{hook['id']}/rotate-secret"
    other = admin.post(where, idempotency_key="one").json()
    assert other["secret"] not in {None, hook["secret"]}
    assert other["earlier_secret_until"] is not None
    assert admin.post(where, idempotency_key="one").json() == other | {"secret": None}
    problem(admin.post(where, idempotency_key="two"), 409, "secret_still_changing")
    with tenant_scope([cast.acme.id]):
        Webhook.objects.update(earlier_until=utc_now())
    assert admin.get(f"/webhooks/{hook['id']}").json()["earlier_secret_until"] is None


def test_it_is_changed_while_nobody_else_has_changed_it(admin: Program) -> None:
    hook = made(admin)
    where = f"/webhooks/{hook['id']}"
    read = admin.get(where)
    changes = {"kinds": ["RUN_DONE"], "is_enabled": False, "name": None}
    changed = admin.send("PATCH", where, changes, if_match=read["ETag"])
    assert changed.json() == without_secret(hook) | {
        "kinds": ["RUN_DONE"],
        "is_enabled": False,
        "updated_at": changed.json()["updated_at"],
    }
    assert changed["ETag"] != read["ETag"]
    late = {"if_match": read["ETag"]}
    problem(admin.send("PATCH", where, {"name": "Late"}, **late), 412, "changed_meanwhile")
    problem(admin.send("DELETE", where, **late), 412, "changed_meanwhile")
    assert admin.send("DELETE", where, if_match=changed["ETag"]).status_code == 204
    problem(admin.get(where), 404, "not_found")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": "http://hooks.example.org/"}, "bad_webhook"),
        ({"url": "https://192.168.0.1/"}, "bad_webhook"),
        ({"name": " "}, "bad_webhook"),
        ({"kinds": ["NOTHING"]}, "invalid_request"),
        ({"kinds": ["EXPORT_DONE"]}, "bad_webhook"),
        ({"secret": "whsec_mine"}, "invalid_request"),
        ({"is_enabled": "yes"}, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused(admin: Program, fields: dict[str, object], code: str) -> None:
    problem(admin.post("/webhooks", HOOK | fields), 422, code)


def test_deliveries_are_listed_by_state_and_page(cast: Cast, admin: Program) -> None:
    hook = made(admin, kinds=["COVERAGE_ENDS"])
    happens(cast, Kind.COVERAGE_ENDS, "1", "2", "3")
    happens(cast, Kind.RUN_DONE, "4")
    where = f"/webhooks/{hook['id']}/deliveries"
    pages = list(admin.pages(f"{where}?limit=2"))
    assert [len(page) for page in pages] == [2, 1]
    assert {row["state"] for page in pages for row in page} == {"PENDING"}
    assert admin.get(f"{where}?state=FAILED").json()["items"] == []
    problem(admin.get(f"{where}?state=LOST"), 422, "invalid_request")
    problem(admin.get(f"{where}?cursor=nonsense"), 422, "bad_cursor")


def test_a_delivery_is_replayed_under_its_id(cast: Cast, admin: Program, set_env: SetEnv) -> None:
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="127.0.0.1")
    with receiving() as receiver:
        hook = made(admin, url=receiver.url)
        sent = admin.post(f"/webhooks/{hook['id']}/test")
        where = f"/webhooks/{hook['id']}/deliveries"
        assert (sent.status_code, sent["Location"]) == (202, f"/api/v1{where}")
        work(cast)
        (row,) = admin.get(where).json()["items"]
        assert (row["kind"], row["state"], row["status"]) == ("TEST", "DELIVERED", 204)
        replayed = admin.post(f"{where}/{row['id']}/replay", idempotency_key="one")
        assert (replayed.status_code, replayed.json()["state"]) == (202, "PENDING")
        work(cast)
        admin.post(f"{where}/{row['id']}/replay", idempotency_key="one")
        work(cast)
        assert receiver.ids == [row["id"]] * 2
        assert len(receiver.payloads(hook["secret"])) == 2


def test_nothing_is_sent_to_what_is_off(admin: Program) -> None:
    hook = made(admin)
    where = f"/webhooks/{hook['id']}"
    sent = admin.post(f"{where}/test").json()
    admin.send("PATCH", where, {"is_enabled": False})
    problem(admin.post(f"{where}/test"), 409, "webhook_off")
    problem(admin.post(f"{where}/deliveries/{sent['id']}/replay"), 409, "webhook_off")


def test_a_delivery_of_another_webhook_is_not_there(admin: Program) -> None:
    first, second = made(admin), made(admin)
    sent = admin.post(f"/webhooks/{first['id']}/test").json()
    where = f"/webhooks/{second['id']}/deliveries/{sent['id']}/replay"
    problem(admin.post(where), 404, "not_found")
