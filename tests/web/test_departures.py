"""The pages of devices that a tenant gave away (X10)."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.objects import Objects

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
    page = client.get(f"{home}{uid}/").content.decode()
    assert "Transferred to another tenant" in page
    assert "not told" in page
    assert client.get(f"/t/{cast.acme.customer_id}/devices/{uid}/").status_code == 404
