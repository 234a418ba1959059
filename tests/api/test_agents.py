"""The interface of agents over HTTP: enrolment by PIN, and the credential (E7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.api.conftest import Program
from tests.cast import Cast
from tests.db.agents.machines import Site, new_key, site

pytestmark = pytest.mark.django_db
WHERE = "/api/agent/v1/enrolments"
MACHINE = {"manufacturer": "Dell Inc.", "serial": "5XK2QL3", "name": "PC-1"}


@pytest.fixture
def ours(cast: Cast) -> Site:
    return site(cast.acme)


def ask(body: dict[str, Any], *, key: str = "", **headers: str) -> HttpResponse:
    client = Client(raise_request_exception=False)
    sent = {"host": "localhost", "idempotency-key": key or new_key(), **headers}
    return client.post(WHERE, body, content_type="application/json", headers=sent)


def enrolment_of(credential: str) -> HttpResponse:
    headers = {"host": "localhost", "authorization": f"Bearer {credential}"}
    return Client().get("/api/agent/v1/enrolment", headers=headers)


def test_e7_a_machine_enrols_and_asks_how_it_stands(ours: Site) -> None:
    answer = ask({"pin": ours.pin.lower().replace("-", " "), **MACHINE})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["device_id"]) == ("ENROLLED", str(ours.device().uid))
    stands = enrolment_of(told["credential"])
    assert stands.json() == {"state": "ENROLLED", "device_id": told["device_id"]}
    assert stands["Cache-Control"] == "no-store"


def test_t11_a_machine_that_is_held_is_told_to_wait(cast: Cast, ours: Site) -> None:
    site(cast.other).enrol()
    answer = ask({"pin": ours.pin, **MACHINE})
    assert (answer.status_code, answer.json()["state"]) == (202, "HELD")
    assert enrolment_of(answer.json()["credential"]).json()["device_id"] is None


def test_sent_again_it_is_answered_as_the_first_time(ours: Site) -> None:
    key = new_key()
    first, again = (ask({"pin": ours.pin, **MACHINE}, key=key) for _ in range(2))
    assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
    other = ask({"pin": ours.pin, **MACHINE, "serial": "7YH2QL3"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_e7_refusals_are_alike_whatever_is_wrong_with_the_pin(cast: Cast, ours: Site) -> None:
    site(cast.acme)
    told = set()
    for pin in (ours.pin, "7KQ2-M9XV-4TB6", "hello", ""):
        # Nor is a junk serial told to whoever has no PIN.
        answer = ask({"pin": pin, **MACHINE, "serial": "None"})
        body = answer.json()
        assert answer.status_code == 403
        told.add((body["code"], body["detail"], body["fix"], len(answer.content)))
    assert len(told) == 1


@pytest.mark.parametrize("credential", ["", "fwa_unknown", "x" * 200])
def test_an_unknown_credential_opens_nothing(ours: Site, credential: str) -> None:
    answer = enrolment_of(credential)
    assert (answer.status_code, answer.json()["code"]) == (401, "credential_needed")


def test_a_token_of_a_program_is_no_credential(admin: Program) -> None:
    assert enrolment_of(admin.token).status_code == 401


def test_what_does_not_fit_is_told_before_the_pin_is_looked_at(ours: Site) -> None:
    for body in ({"pin": ours.pin}, {"pin": "hello"}):
        answer = ask({**body, **MACHINE, "colour": "red"})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    short = ask({"pin": ours.pin, **MACHINE}, key="short")
    assert short.status_code == 422


def test_x_forwarded_for_of_a_client_says_nothing(ours: Site) -> None:
    """A guesser chooses no other source for each guess."""
    for number in range(31):
        forwarded = {"x-forwarded-for": f"203.0.113.{number}"}
        assert ask({"pin": "7KQ2-M9XV-4TB6", **MACHINE}, **forwarded).status_code == 403
    assert ask({"pin": ours.pin, **MACHINE}).status_code == 403
    assert ours.devices() == []
