"""Settings > Preferences: the cPIN on its page (E7)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fleetward.agents.queries import list_pins
from tests.cast import NOW, Cast, actor_of

pytestmark = pytest.mark.django_db
PIN = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}\b")


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(cast.admin)
    return client


def page(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/settings/preferences/"


def test_e7_a_new_pin_is_shown_once(cast: Cast, client: Client) -> None:
    first = client.post(page(cast), {"days": "30", "most_uses": ""}, follow=True)
    assert len(set(PIN.findall(first.content.decode()))) == 1
    assert PIN.findall(client.get(page(cast)).content.decode()) == []


def test_a_wrong_number_makes_no_pin(cast: Cast, client: Client) -> None:
    assert client.post(page(cast), {"days": "900"}).status_code == 422
    assert list_pins(actor=actor_of(cast.admin), tenant=cast.acme.id, now=NOW) == []


def test_e7_revoking_says_what_it_did(cast: Cast, client: Client) -> None:
    client.post(page(cast), {})
    for told in ("The cPIN enrols nothing more.", "There is no cPIN to revoke."):
        answer = client.post(f"{page(cast)}pin/revoke/", follow=True)
        assert told in answer.content.decode()
    assert "Earlier PINs" in client.get(page(cast)).content.decode()
