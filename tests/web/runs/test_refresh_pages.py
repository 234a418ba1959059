"""Refreshing only some devices in the browser's words (W7): which, how many, then the run."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fleetward.devices.models import Group, View
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.models import Coverage, Run
from tests.cast import Cast, add_devices
from tests.db.warranty.scheduling import group_of, view_of
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


def place(cast: Cast, tail: str = "") -> str:
    return f"/t/{cast.acme.customer_id}/{tail}"


def refresh(cast: Cast, query: str = "") -> str:
    return place(cast, f"warranty/runs/refresh/{query}")


@pytest.fixture
def group(cast: Cast) -> str:
    """Of two devices, which are expired, beside three others."""
    devices = add_devices(cast.acme.id, 5)[:2]
    with tenant_scope([cast.acme.id]):
        known = Coverage.objects.filter(device_id__in=devices)
        known.update(reason="", ends_on="2020-01-01")
    return str(group_of(cast.acme.id, devices))


@pytest.mark.parametrize("tail", ["", "warranty/runs/"])
def test_w7_the_menu_says_how_many_devices_each_is(
    client: Client, cast: Cast, group: str, tail: str
) -> None:
    words = "Everything 5 Expired only 2 Expiring only 0 A view… A group…"
    assert words in text_of(client.get(place(cast, tail)))
    reader = text_of(signed_in(cast.reader).get(place(cast, tail)))
    assert "Expired only" not in reader


def test_the_menu_counts_all_devices_whatever_the_dashboard_is_narrowed_to(
    client: Client, cast: Cast, group: str
) -> None:
    assert "Everything 5 Expired only 2" in text_of(client.get(place(cast, "?status=UNKNOWN")))


@pytest.mark.parametrize("of", ["EXPIRED", "group:<group>", "view:<view>"])
def test_w7_the_number_is_told_before_anybody_is_asked(
    client: Client, cast: Cast, group: str, of: str
) -> None:
    of = of.replace("<group>", group).replace("<view>", str(view_of(cast)))
    chosen = client.post(refresh(cast), {"of": of})
    assert chosen.status_code == 302
    assert "Refresh the warranty of 2 devices" in text_of(client.get(chosen["Location"]))
    with tenant_scope([cast.acme.id]):
        assert not Run.objects.exists()
    # A second press is the same run.
    runs = {client.post(chosen["Location"])["Location"] for _ in range(2)}
    assert len(runs) == 1
    assert re.search("/warranty/runs/[0-9a-f-]+/$", runs.pop())


@pytest.mark.parametrize(
    ("of", "english", "french"),
    [
        ("EXPIRED", "Expired only", "expirées seulement"),
        ("group:<group>", "“Lyon”", "«\xa0Lyon\xa0»"),
        ("view:<view>", "“Out”", "«\xa0Out\xa0»"),
    ],
)
def test_w7_the_list_names_what_was_refreshed(
    client: Client, cast: Cast, group: str, of: str, english: str, french: str
) -> None:
    of = of.replace("<group>", group).replace("<view>", str(view_of(cast)))
    run = client.post(client.post(refresh(cast), {"of": of})["Location"])["Location"]
    with tenant_scope([cast.acme.id]):
        # What it is called later makes no difference.
        View.objects.update(name="Renamed")
        Group.objects.update(name="Renamed")
    for language, what in (("en", english), ("fr", french)):
        cast.admin.language = language
        cast.admin.save()
        reader = signed_in(cast.admin)
        for page in (run, place(cast, "warranty/runs/")):
            assert what in reader.get(page).content.decode()


def test_a_menu_offers_one_kind_and_the_page_all(client: Client, cast: Cast, group: str) -> None:
    view_of(cast)
    shown = {kind: client.get(refresh(cast, f"?kind={kind}")) for kind in ("view", "group", "")}
    texts = {kind: answer.content.decode() for kind, answer in shown.items()}
    offered = {
        kind: [name for name in ("Expired only", "Lyon", "Out") if f">{name}</option>" in text]
        for kind, text in texts.items()
    }
    assert offered == {"view": ["Out"], "group": ["Lyon"], "": ["Expired only", "Lyon", "Out"]}


@pytest.mark.parametrize(("kind", "words"), [("view", "No view yet"), ("group", "No group yet")])
def test_where_there_is_none_the_page_says_how_to_make_one(
    client: Client, cast: Cast, kind: str, words: str
) -> None:
    assert words in text_of(client.get(refresh(cast, f"?kind={kind}")))


def test_no_such_device_is_told(client: Client, cast: Cast, group: str) -> None:
    answer = client.post(refresh(cast), {"of": "EXPIRING"})
    assert answer.status_code == 422
    assert "There is no such device now" in text_of(answer)


def test_a_view_of_deleted_devices_says_what_to_do(client: Client, cast: Cast, group: str) -> None:
    view = view_of(cast, "state=deleted")
    answer = client.post(refresh(cast, "?kind=view"), {"of": f"view:{view}"})
    assert answer.status_code == 422
    assert "The view shows deleted devices" in text_of(answer)
    assert "Change the view" in text_of(answer)


@pytest.mark.parametrize("of", ["", "ALL", "view:0", "group:6f1d2c1e-8a55-4c7e-9a55-0c6b5d1c2f10"])
def test_what_is_not_offered_is_refused(client: Client, cast: Cast, group: str, of: str) -> None:
    assert client.post(refresh(cast), {"of": of}).status_code == 422
