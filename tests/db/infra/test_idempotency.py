"""Hardening 4: a repeated request has one effect; the key and the effect stand or fall together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from fleetward.infra import idempotency, sql
from fleetward.infra.idempotency import KEPT_FOR, Answer, Request, answer_once, forget
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import KeyReused
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Notification
from tests.cast import NOW, make_cast
from tests.plugins.database import FreshDatabase

RACERS = 6


def request(tenant: int = 1, holder: int = 1, key: str = "one", body: bytes = b"{}") -> Request:
    return Request(tenant, holder, key, hashlib.sha256(body).hexdigest())


def counter() -> Callable[[], Answer]:
    calls: list[int] = []

    def effect() -> Answer:
        calls.append(1)
        return Answer(201, str(len(calls)).encode(), "/there")

    return effect


@pytest.mark.django_db
def test_same_key_and_body_get_the_first_answer() -> None:
    effect = counter()
    assert answer_once(request(), effect=effect, now=NOW) == Answer(201, b"1", "/there")
    again = answer_once(request(), effect=effect, now=NOW)
    assert again == Answer(201, b"1", "/there", is_repeated=True)


@pytest.mark.django_db
def test_same_key_with_another_body_is_refused() -> None:
    answer_once(request(), effect=counter(), now=NOW)
    with pytest.raises(KeyReused):
        answer_once(request(body=b"[]"), effect=counter(), now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("other", [request(tenant=2), request(holder=2), request(key="two")])
def test_keys_of_other_tenants_and_tokens_are_other_keys(other: Request) -> None:
    effect = counter()
    answer_once(request(), effect=effect, now=NOW)
    assert answer_once(other, effect=effect, now=NOW).body == b"2"


@pytest.mark.django_db
def test_a_failed_effect_leaves_the_key_free() -> None:
    def fails() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer_once(request(), effect=fails, now=NOW)
    assert not answer_once(request(), effect=counter(), now=NOW).is_repeated


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day() -> None:
    effect = counter()
    answer_once(request(), effect=effect, now=NOW)
    kept = answer_once(request(), effect=effect, now=NOW + KEPT_FOR)
    assert kept.is_repeated
    late = NOW + KEPT_FOR + timedelta(seconds=1)
    assert answer_once(request(), effect=effect, now=late).body == b"2"


@pytest.mark.django_db
def test_row_level_security_hides_answers_of_other_tenants() -> None:
    answer_once(request(), effect=counter(), now=NOW)
    for tenant, seen in ((1, 1), (2, 0)):
        with tenant_scope([tenant]):
            found = sql.fetch("infra", "find_answer", {"tenant": 1, "holder": 1, "key": "one"})
            assert len(found) == seen
            forget(tenant=tenant, now=NOW)


def effects_of_a_race(tenant: int, user: int) -> int:
    """Send the same request from several threads at once; how often it had its effect."""
    start = Barrier(RACERS)

    def send(number: int) -> bytes:
        def effect() -> Answer:
            post(
                tenant=tenant,
                users=[user],
                kind=Kind.RUN_DONE,
                key=f"effect {number}",
                params={},
                now=NOW,
            )
            return Answer(201, str(number).encode())

        start.wait()
        try:
            return answer_once(request(tenant=tenant), effect=effect, now=NOW).body
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as threads:
        bodies = set(threads.map(send, range(RACERS)))
    assert len(bodies) >= 1
    with tenant_scope([tenant]):
        return Notification.objects.filter(kind=Kind.RUN_DONE).count()


def test_of_two_requests_at_the_same_time_one_has_an_effect(fresh_database: FreshDatabase) -> None:
    cast = make_cast()
    assert effects_of_a_race(cast.acme.id, cast.admin.id) == 1


def test_control_without_the_claim_every_request_has_an_effect(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same race must lose when nobody waits at the key, or it proves nothing."""
    cast = make_cast()
    real = sql.execute

    def unguarded(context: str, name: str, params: object = None) -> int:
        return 1 if name == "claim_request" else real(context, name, params)  # type: ignore[arg-type]

    monkeypatch.setattr(idempotency.sql, "execute", unguarded)
    assert effects_of_a_race(cast.acme.id, cast.admin.id) == RACERS
