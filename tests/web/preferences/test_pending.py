"""Devices > Pending Enrollment, and what Settings > Preferences sets about machines."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fleetward.agents.queries import get_settings, list_pending
from tests.cast import Cast, actor_of
from tests.db.agents.machines import site

pytestmark = pytest.mark.django_db
KEY = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{2,4}){6}\b")


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(cast.admin)
    return client


def page(cast: Cast, more: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/devices/pending/{more}"


def settings(cast: Cast, more: str) -> str:
    return f"/t/{cast.acme.customer_id}/settings/preferences/{more}/"


def serials(cast: Cast) -> list[str]:
    found = list_pending(actor=actor_of(cast.admin), tenant=cast.acme.id).rows
    return [row.serial for row in found]


def test_an_empty_list_says_what_to_do(cast: Cast, client: Client) -> None:
    assert "No machine waits" in client.get(page(cast)).content.decode()


def test_e8_machines_are_registered_by_hand_and_by_file(cast: Cast, client: Client) -> None:
    by_hand = {"machines": "Manufacturer;Serial number\nDell;5XK2QL3\nDell;None"}
    told = client.post(page(cast), by_hand, follow=True).content.decode()
    assert "1 registered, 0 known already, 1 refused." in told
    assert "Row 3, None" in told
    file = SimpleUploadedFile("list.csv", b"Serial,Make\n7YH2QL3,Dell\n")
    client.post(page(cast), {"file": file})
    assert serials(cast) == ["7YH2QL3", "5XK2QL3"]


def test_a_list_that_cannot_be_read_is_refused_with_its_reason(cast: Cast, client: Client) -> None:
    twice = "Make;Serial;Serial\nDell;5XK2QL3;7YH2QL3"
    for given, told in (
        ("Dell;5XK2QL3\nDell;7YH2QL3", "no column is called"),
        (twice, "stands in columns 2 and 3"),
    ):
        answer = client.post(page(cast), {"machines": given})
        assert (answer.status_code, serials(cast)) == (422, [])
        assert told in answer.content.decode()


def test_rows_are_filtered_by_kind_and_removed(cast: Cast, client: Client) -> None:
    ours = site(cast.acme)
    site(cast.other).enrol()
    ours.enrol()
    assert "5XK2QL3" in client.get(page(cast, "?kind=HELD")).content.decode()
    assert "5XK2QL3" not in client.get(page(cast, "?kind=REGISTERED")).content.decode()
    (row,) = list_pending(actor=actor_of(cast.admin), tenant=cast.acme.id).rows
    client.post(page(cast, f"{row.uid}/remove/"))
    assert serials(cast) == []


def test_e8_the_zero_touch_key_is_shown_once(cast: Cast, client: Client) -> None:
    told = client.post(page(cast, "zero-touch/"), {"action": "make"}, follow=True)
    assert len(set(KEY.findall(told.content.decode()))) == 1
    again = client.get(page(cast)).content.decode()
    assert KEY.findall(again) == []
    assert "Make another key" in again
    client.post(page(cast, "zero-touch/"), {"action": "revoke"})
    assert "Make another key" not in client.get(page(cast)).content.decode()


def test_who_may_not_manage_sees_no_key(cast: Cast, client: Client) -> None:
    client.force_login(cast.device_admin)
    assert "Zero-touch key" not in client.get(page(cast)).content.decode()


def test_e9_domains_are_saved_and_wrong_ones_named(cast: Cast, client: Client) -> None:
    client.post(settings(cast, "domains"), {"domains": "globex.example\nACME.example"})
    found = get_settings(actor=actor_of(cast.admin), tenant=cast.acme.id)
    assert found.domains == ("acme.example", "globex.example")
    answer = client.post(settings(cast, "domains"), {"domains": "no_domain!"})
    assert answer.status_code == 422
    assert "no_domain! is not a domain." in answer.content.decode()


def test_e14_the_switch_is_off_until_an_admin_uses_it(cast: Cast, client: Client) -> None:
    assert not get_settings(actor=actor_of(cast.admin), tenant=cast.acme.id).collects_presence
    client.post(settings(cast, "presence"), {"collects_presence": "on", "presence_days": "7"})
    found = get_settings(actor=actor_of(cast.admin), tenant=cast.acme.id)
    assert (found.collects_presence, found.presence_days) == (True, 7)
    answer = client.post(settings(cast, "presence"), {"presence_days": "900"})
    assert answer.status_code == 422
