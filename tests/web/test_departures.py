"""The pages of devices that a tenant gave away (X10)."""

from __future__ import annotations

import pytest
from django.test import Client

from fleetward.agents.models import Presence
from fleetward.devices.models import Departure
from fleetward.infra.tx import tenant_scope
from tests.cast import NOW, Cast
from tests.objects import Objects, token_of

pytestmark = pytest.mark.django_db


def test_without_a_transfer_the_page_says_what_will_be_there(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader)
    answer = client.get(f"/t/{cast.acme.customer_id}/devices/transferred/")
    assert "Nothing has been transferred" in answer.content.decode()


def test_a_transferred_device_is_listed_with_its_page(client: Client, cast: Cast) -> None:
    uid = Objects(cast.acme, cast.admin).of("transferred")
    client.force_login(cast.reader)
    home = f"/t/{cast.acme.customer_id}/devices/transferred/"
    listed = client.get(home).content.decode()
    assert f"{home}{uid}/" in listed
    assert "Elsewhere" not in listed
    assert "Last signed-in user" not in client.get(f"{home}{uid}/").content.decode()
    with tenant_scope([cast.acme.id]):
        device = Departure.objects.get(uid=uid).device_id
        seen = {"user": "jane@acme.example", "location": "Lyon", "seen_at": NOW}
        Presence.objects.create(tenant_id=cast.acme.id, device_id=device, **seen)
    page = client.get(f"{home}{uid}/").content.decode()
    assert "Transferred to another tenant" in page
    assert "not told" in page
    assert "Last signed-in user" in page
    assert "jane@acme.example" in page
    token = token_of(cast.acme, cast.reader)
    program = Client(headers={"host": "localhost", "authorization": f"Bearer {token}"})
    told = program.get(f"/api/v1/transferred-devices/{uid}").json()["presence"]
    assert (told["user"], told["location"]) == ("jane@acme.example", "Lyon")
    assert client.get(f"/t/{cast.acme.customer_id}/devices/{uid}/").status_code == 404
