"""Idempotency-Key over HTTP (hardening 4): one effect, the first answer, per token."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from django.db import connection
from django.http import HttpResponse

from fleetward.audit.models import Entry
from fleetward.devices.models import Device
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.models import Run
from tests.api.conftest import Program, program_of
from tests.api.documented import document
from tests.api.test_errors import problem
from tests.api.world import KINDS, World, make_world
from tests.cast import Cast, add_devices, make_cast
from tests.plugins.database import FreshDatabase
from tests.simulators import Simulators

NEW = {"manufacturer": "Dell", "serial": "5XK2QL3"}
RACERS = 4
POSTS = {
    methods["post"]["operationId"]: path
    for path, methods in document()["paths"].items()
    if "post" in methods
}
# Another request that is as good as the first: another body, where one is read.
OTHERS: dict[str, object] = {
    "undo_import": {"confirm": 2},
    "create_device": NEW | {"serial": "7YH2QL3"},
    "store_devices": {"devices": [NEW]},
    "create_export": {"format": "xlsx"},
    "create_group": {"name": "Rome"},
    "create_schedule": {"group_id": "00000000-0000-4000-8000-000000000000", "every_days": 1},
    "create_webhook": {"name": "Pager", "url": "https://hooks.example.org/pager"},
    "create_log_filter": {"name": "Rome"},
    "create_view": {"name": "Rome", "is_shared": False},
    "create_selection": {"filter": {}},
    "edit_selection": {"location": "Rome"},
    "delete_selection": {"confirm": 2},
    "add_to_group": {"selection_id": "00000000-0000-4000-8000-000000000000"},
    "remove_from_group": {"selection_id": "00000000-0000-4000-8000-000000000000"},
    "mark_notifications_read": {"ids": []},
    "make_enrolment_pin": {"days": 31},
    "make_zero_touch_key": {"days": 31},
    "register_pending_enrolments": {"machines": [NEW]},
    "register_pending_list": b"Serial number,Manufacturer\nPF3ABCDE,Lenovo\n",
    "upload_import": b"Serial number,Manufacturer\nPF3ABCDE,Lenovo\n",
}


@dataclass(frozen=True)
class Post:
    """A POST that succeeds when it is sent to the world for the first time."""

    name: str
    world: World

    def send(self, program: Program, body: object = None) -> HttpResponse:
        address = re.sub(r"{(\w+)}", lambda found: getattr(self.world, found[1]), POSTS[self.name])
        if body is None:
            body = self.world.body(self.name) or {}
        kind = {"content_type": KINDS[self.name]} if self.name in KINDS else {}
        return program.post(address, body, idempotency_key="one", **kind)


def told_again(first: HttpResponse) -> bytes:
    """What the same key gets: the same, but for a secret, which is told once and kept nowhere."""
    content: bytes = first.content
    return re.sub(rb'"(secret|pin)":"[^"]+"', rb'"\1":null', content)


def trail(cast: Cast) -> int:
    with tenant_scope([cast.acme.id]):
        return Entry.objects.count()


@pytest.mark.parametrize("name", POSTS)
def test_every_post_declares_the_key_and_the_repeated_answer(name: str) -> None:
    operation = document()["paths"][POSTS[name]]["post"]
    taken = {(p["in"], p["name"]) for p in operation["parameters"]}
    assert ("header", "Idempotency-Key") in taken
    (answer,) = (r for status, r in operation["responses"].items() if status.startswith("2"))
    assert "Idempotency-Replayed" in answer["headers"]


# Those of the operator, and of support requests, which belong to two tenants, are repeated in
# `test_support`, `test_feeds` and `test_operator`; transfers and customers are a partner's, in
# `test_transfers` and `test_customers`.
ELSEWHERE = ("support-req", "/operator/", "/transfers", "/customers", "/licences")


@pytest.mark.parametrize(
    "name", [n for n, path in POSTS.items() if not any(word in path for word in ELSEWHERE)]
)
def test_every_post_has_one_effect_for_a_key(
    name: str, cast: Cast, admin: Program, vendors: Simulators
) -> None:
    post = Post(name, make_world(cast))
    with tenant_scope([cast.acme.id]):
        post.world.prepare(name)
    first, entries = post.send(admin), trail(cast)
    again = post.send(admin)
    assert 200 <= first.status_code < 300, first.content
    assert (again.status_code, again.content) == (first.status_code, told_again(first))
    assert again.get("Location") == first.get("Location")
    assert (again["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    if name in OTHERS:
        other = post.send(admin, OTHERS[name])
    else:
        # What reads no body is another request at another address only.
        other = admin.post("/devices", NEW, idempotency_key="one")
    problem(other, 422, "idempotency_key_reused")
    assert trail(cast) == entries


def test_a_test_that_was_answered_does_not_ask_the_vendor_again(
    cast: Cast, admin: Program, vendors: Simulators
) -> None:
    post = Post("check_external_service", make_world(cast))
    post.send(admin)
    asked = vendors.stats("dell")
    post.send(admin)
    assert vendors.stats("dell") == asked


def test_a_repeated_request_gets_the_first_answer(cast: Cast, admin: Program) -> None:
    first = admin.post("/devices", NEW, idempotency_key="one")
    again = admin.post("/devices", NEW, idempotency_key="one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Location"] == first["Location"]
    assert (again["Idempotency-Replayed"], first.get("Idempotency-Replayed")) == ("true", None)
    with tenant_scope([cast.acme.id]):
        assert Device.objects.count() == Entry.objects.filter(verb="device.added").count() == 1


def test_the_answer_stays_the_first_when_the_device_has_changed(admin: Program) -> None:
    first = admin.post("/devices", NEW, idempotency_key="one")
    admin.send("PATCH", f"/devices/{first.json()['id']}", {"name": "other"})
    assert admin.post("/devices", NEW, idempotency_key="one").content == first.content


def test_the_key_with_another_request_is_refused(admin: Program) -> None:
    admin.post("/devices", NEW, idempotency_key="one")
    other = NEW | {"serial": "7YH2QL3"}
    problem(admin.post("/devices", other, idempotency_key="one"), 422, "idempotency_key_reused")
    run = admin.post("/warranty-runs", idempotency_key="one")
    problem(run, 422, "idempotency_key_reused")


def test_a_refused_request_does_not_use_up_its_key(admin: Program) -> None:
    junk = NEW | {"serial": "N/A"}
    problem(admin.post("/devices", junk, idempotency_key="one"), 422, "bad_device")
    assert admin.post("/devices", NEW, idempotency_key="one").status_code == 201


def test_keys_of_another_token_are_other_keys(cast: Cast, admin: Program) -> None:
    admin.post("/devices", NEW, idempotency_key="one")
    second = program_of(cast.admin, cast.acme)
    problem(second.post("/devices", NEW, idempotency_key="one"), 409, "duplicate_device")


def test_a_lost_right_is_stronger_than_a_kept_answer(cast: Cast, admin: Program) -> None:
    admin.post("/devices", NEW, idempotency_key="one")
    cast.admin.membership_set.update(role="REPORT_ADMIN")
    problem(admin.post("/devices", NEW, idempotency_key="one"), 403, "forbidden")


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "k" * 151])
def test_bad_keys_are_refused(admin: Program, key: str) -> None:
    body = problem(admin.post("/devices", NEW, idempotency_key=key), 422, "invalid_request")
    assert body["problems"][0]["where"].startswith("header.")


def test_refreshing_a_device_twice_with_one_key_is_one_run(cast: Cast, admin: Program) -> None:
    add_devices(cast.acme.id, 1)
    device = admin.get("/devices").json()["items"][0]["id"]
    for _ in range(2):
        answer = admin.post(f"/devices/{device}/refresh", idempotency_key="one")
        assert answer.status_code == 202
    with tenant_scope([cast.acme.id]):
        assert Run.objects.count() == 1
    assert admin.post(f"/devices/{device}/refresh").status_code == 202
    with tenant_scope([cast.acme.id]):
        assert Run.objects.count() == 2


def runs_of_a_race(cast: Cast, device: str) -> tuple[int, set[bytes]]:
    """Several equal requests at the same moment: how many runs they made, and the answers."""
    program, start = program_of(cast.admin, cast.acme), Barrier(RACERS)

    def send(_: int) -> bytes:
        start.wait()
        try:
            return program.post(f"/devices/{device}/refresh", idempotency_key="one").content
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as threads:
        answers = set(threads.map(send, range(RACERS)))
    with tenant_scope([cast.acme.id]):
        return Run.objects.count(), answers


def raced() -> tuple[Cast, str]:
    cast = make_cast()
    add_devices(cast.acme.id, 1)
    program = program_of(cast.admin, cast.acme)
    return cast, program.get("/devices").json()["items"][0]["id"]


def test_equal_requests_at_the_same_time_have_one_effect(fresh_database: FreshDatabase) -> None:
    made, answers = runs_of_a_race(*raced())
    assert (made, len(answers)) == (1, 1)


def test_control_without_the_claim_the_race_is_lost(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the guard removed the same race must make several runs, or it proves nothing."""
    real = sql.execute

    def unguarded(context: str, name: str, params: sql.Params | None = None) -> int:
        return 1 if name == "claim_request" else real(context, name, params)

    given = raced()
    monkeypatch.setattr(sql, "execute", unguarded)
    made, answers = runs_of_a_race(*given)
    assert (made, len(answers)) == (RACERS, RACERS)
