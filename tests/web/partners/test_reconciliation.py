"""Ordered devices as a partner and the operator find them (T7, T9)."""

from __future__ import annotations

import pytest
from django.test import Client

from fleetward.identity.models import User
from fleetward.support.models import Request
from tests.db.feeds.world import Feeds

pytestmark = pytest.mark.django_db
LIST = "Serial Number;Manufacturer;Order Number\nLATE1;Dell;PO-7\nN/A;Dell;\n"


@pytest.fixture
def world() -> Feeds:
    return Feeds()


def client_of(user: User) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(user)
    return client


def test_t7_a_partner_sees_what_is_missing_and_asks_for_it(world: Feeds) -> None:
    client, here = client_of(world.admin), f"/t/{world.first.customer_id}/unassigned/ordered/"
    empty = client.get(f"/t/{world.first.customer_id}/unassigned/", follow=True).content.decode()
    assert here in empty
    assert "Nothing ordered is known" in client.get(here).content.decode()
    world.feed("LEEDS;SEEN1;Dell;;PO-1;")
    refused = client.post(here, {"machines": "Serial\nLATE1\n"})
    assert refused.status_code == 422
    assert "Manufacturer" in refused.content.decode()
    added = client.post(here, {"machines": LIST}, follow=True).content.decode()
    assert "1 machine was added." in added
    assert "row 3" in added
    assert "LATE1" in added
    assert "SEEN1" in added
    missing = client.get(f"{here}?state=MISSING&q=po-7").content.decode()
    assert "LATE1" in missing
    assert "SEEN1" not in missing
    assert "Nothing fits" in client.get(f"{here}?q=nothing").content.decode()
    rows = b"".join(client.get(f"{here}rows.csv?state=MISSING"))
    assert b"LATE1" in rows
    assert b"SEEN1" not in rows
    ask = f"/t/{world.first.customer_id}/account/support/new/"
    about = (
        f"{ask}?about=ordered%3A{world.first.customer_id}%3A00000000-0000-0000-0000-000000000000"
    )
    assert about in added
    form = client.get(about).content.decode()
    assert "Our Partner IDs: LEEDS, YORK" in form
    assert "LATE1" in form
    assert Request.objects.count() == 0


def test_the_operator_reads_the_list_of_a_partner(world: Feeds) -> None:
    world.feed("OSLO;WAITS1;Dell;;PO-1;")
    client = client_of(world.operator)
    base = f"/t/{world.vendor.customer_id}/operator/partners/{world.third.customer_id}/"
    assert f"{base}ordered/" in client.get(base).content.decode()
    text = client.get(f"{base}ordered/").content.decode()
    assert "WAITS1" in text
    assert "Add what you have ordered" not in text
