"""The command bar, the devices looked at lately, and the drawer beside the list."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from fleetward.devices.actions import delete_devices, save_view
from fleetward.devices.contracts import ViewInput
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.contracts import Reason
from tests.cast import NOW, Cast, actor_of, add_devices, make_cast
from tests.db.devices.fleet import cover, make_fleet
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_fleet(cast.acme.id, 12)
    make_fleet(cast.other.id, 3, seed=9)
    return cast


@pytest.fixture
def home(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/"


def some_device(tenant: int, number: int = 0) -> Device:
    with tenant_scope([tenant]):
        return Device.objects.filter(tenant_id=tenant, is_active=True).order_by("id")[number]


def test_a_few_letters_find_devices_views_and_places(client: Client, cast: Cast, home: str) -> None:
    save_view(
        actor=actor_of(cast.device_admin),
        tenant=cast.acme.id,
        view=ViewInput("Depot spares"),
        now=NOW,
    )
    serial = some_device(cast.acme.id).serial
    assert serial in text_of(client.get(f"{home}find/", {"q": serial.lower()}, headers=PART))
    assert "Depot spares" in text_of(client.get(f"{home}find/", {"q": "depot"}, headers=PART))
    assert "Imports" in text_of(client.get(f"{home}find/", {"q": "impo"}, headers=PART))
    account = text_of(client.get(f"{home}find/", {"q": "account"}, headers=PART))
    assert account == "Go to Overview Account Support Account"
    assert "Nothing is called" in text_of(client.get(f"{home}find/", {"q": "zzzz"}, headers=PART))


@pytest.mark.parametrize(
    ("active", "inactive", "shown", "has_link"),
    [
        (2, 2, ["active"] * 2 + ["deleted"] * 2, False),
        (4, 2, ["active"] * 4 + ["deleted"] * 2, False),
        (4, 3, ["active"] * 4 + ["deleted"] * 2, True),
        (0, 7, ["deleted"] * 6, True),
        (6, 1, ["active"] * 6, True),
        (6, 0, ["active"] * 6, False),
    ],
)
def test_e11_what_is_deleted_is_found_after_what_is_active(
    client: Client,
    cast: Cast,
    home: str,
    active: int,
    inactive: int,
    shown: list[str],
    has_link: bool,
) -> None:
    ids = add_devices(cast.acme.id, active + inactive)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id__in=ids).update(name="Zebra")
        uids = list(Device.objects.filter(id__in=ids).values_list("uid", flat=True))
    gone = uids[:inactive]
    if gone:
        delete_devices(actor=actor_of(cast.admin), tenant=cast.acme.id, uids=gone, now=NOW)
    states = {f"{home}devices/{uid}/": "deleted" if uid in gone else "active" for uid in uids}
    found = client.get(f"{home}find/", {"q": "zebra"}, headers=PART)
    hrefs = [unescape(href) for href in re.findall(r'href="([^"]+)"', found.content.decode())]
    assert [states[href] for href in hrefs if href in states] == shown
    link = f"{home}devices/?q=zebra&state=inactive"
    assert (link in hrefs) == has_link
    assert ("Deleted and archived devices with “zebra”" in text_of(found)) == has_link
    listed = client.get(link).content.decode()
    assert len({href for href in states if href in listed}) == inactive


def test_without_script_it_is_the_list(client: Client, home: str) -> None:
    assert client.get(f"{home}find/", {"q": "a b"})["Location"] == f"{home}devices/?q=a+b"
    assert client.get(f"{home}find/")["Location"] == f"{home}devices/"


def test_places_that_a_role_has_not_are_not_offered(cast: Cast, home: str) -> None:
    told = text_of(signed_in(cast.reader).get(f"{home}find/", headers=PART))
    assert "Dashboard" in told
    assert "Users" not in told


def test_devices_looked_at_are_offered_the_latest_first(
    client: Client, cast: Cast, home: str
) -> None:
    first, second = some_device(cast.acme.id), some_device(cast.acme.id, 1)
    for one in (first, second, first):
        client.get(f"{home}devices/{one.uid}/")
    told = text_of(client.get(f"{home}find/", headers=PART))
    assert "Looked at lately" in told
    assert -1 < told.index(first.serial) < told.index(second.serial)


def test_v1_a_remembered_device_of_another_tenant_is_not_named(
    client: Client, cast: Cast, home: str
) -> None:
    ours, theirs = some_device(cast.acme.id), some_device(cast.other.id)
    kept = f"{theirs.uid}.nonsense.{ours.uid}"
    client.cookies[f"recent_{cast.acme.customer_id}"] = kept
    told = text_of(client.get(f"{home}find/", headers=PART))
    assert ours.serial in told
    assert theirs.serial not in told


def test_the_drawer_has_a_link_of_its_own(client: Client, cast: Cast, home: str) -> None:
    one = some_device(cast.acme.id)
    page = client.get(f"{home}devices/", {"q": "T0", "device": str(one.uid)})
    body = page.content.decode()
    assert 'id="drawer"' in body
    assert f'href="{home}devices/{one.uid}/"' in body
    assert f'href="{home}devices/?q=T0" data-close-drawer' in body
    inside = text_of(client.get(f"{home}devices/{one.uid}/drawer/"))
    assert one.serial in inside
    assert "Skip to content" not in inside


def test_w11_a_drawer_says_why_coverage_is_unknown(client: Client, cast: Cast, home: str) -> None:
    device = add_devices(cast.acme.id, 1)[0]
    cover(cast.acme.id, device, reason=Reason.NOT_FOUND_AT_VENDOR)
    with tenant_scope([cast.acme.id]):
        uid = Device.objects.get(id=device).uid
    inside = text_of(client.get(f"{home}devices/{uid}/drawer/"))
    assert "The vendor does not know this serial number." in inside
    assert "look-alikes such as O and 0 are frequent" in inside


@pytest.mark.parametrize("word", ["nonsense", "", "00000000-0000-4000-8000-000000000000"])
def test_v1_a_drawer_of_nothing_in_sight_stays_shut(client: Client, home: str, word: str) -> None:
    page = client.get(f"{home}devices/", {"q": "T0", "device": word})
    assert (page.status_code, "data-close-drawer" in page.content.decode()) == (200, False)
