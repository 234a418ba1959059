"""The vendor health board as a page and as data: each number opens the list behind it (W12)."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from fleetward.connections.models import Connection
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.watching import keep_figures
from fleetward.warranty.models import Coverage, HealthDay
from fleetward.warranty.queries.health import vendor_health
from fleetward.web.pages.vendor_health import ANSWERED, Places
from tests.bulk import make_known, process, set_up
from tests.cast import Cast, actor_of, add_devices
from tests.objects import token_of
from tests.routes import text_of as body_of
from tests.simulators import Simulators
from tests.web.reading import numbers, signed_in, text_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# Words with numbers that count no devices: ages, notes beside a number, moments and days.
WORDS = re.compile(
    r"Under 7 days|7 to 29 days|30 to 89 days|90 days and more|\d+ of \d+ devices|.*20\d\d.*"
    r"|in \d+ days|at most \d+ a minute|.*\d+ left today.*|.* of 1 device.*"
)


def tell(tenant: int, devices: list[int], **known: object) -> None:
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(**known)


@pytest.fixture
def tenant(cast: Cast) -> int:
    """Devices of every age and with several problems, at two vendors and beyond."""
    tenant, now = cast.acme.id, utc_now()
    set_up(tenant, "dell", "lenovo", "dynabook")
    for maker, count in (("Dell", 2), ("Lenovo", 3)):
        for days_ago in (0, 10, 40, 100):
            tell(tenant, add_devices(tenant, count, maker), checked_at=now - days_ago * DAY)
        tell(
            tenant,
            add_devices(tenant, count + 2, maker),
            latest_error="VENDOR_DOWN",
            checked_at=now,
        )
        tell(tenant, add_devices(tenant, count + 3, maker), latest_error="QUOTA_REACHED")
        add_devices(tenant, 1, maker)
    add_devices(tenant, 4, "Acer")
    return tenant


def place(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/warranty/health/"


def in_list(client: Client, href: str) -> int:
    listed = body_of(client.get(href.replace("/devices/", "/devices/export.csv", 1)))
    return len(list(csv.reader(io.StringIO(listed)))) - 1


def test_w12_each_number_opens_the_list_behind_it(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    page = client.get(place(cast)).content.decode()
    counted = [(int(text), href) for text, href in numbers(page) if text.isdigit() and href]
    of_devices = [(number, href) for number, href in counted if "/devices/" in href]
    # Of both vendors: all devices, five ages with their total, two problems; and those of none.
    assert len(of_devices) >= 2 * (1 + 6 + 2)
    for number, href in of_devices:
        assert in_list(client, href) == number, href
    (others,) = [href for text, href in numbers(page) if text.startswith("4 devices")]
    assert in_list(client, others) == 4
    bare = {text for text, href in numbers(page) if not href and not WORDS.fullmatch(text)}
    assert bare == set()


def test_a_share_opens_the_devices_of_its_part(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    page = client.get(place(cast)).content.decode()
    shares = re.findall(
        r'<a href="([^"]*)">(\d+)%</a>\s*<small>(\d+) of (\d+) devices</small>', page
    )
    assert len(shares) == 4
    for href, share, part, whole in shares:
        assert in_list(client, href.replace("&amp;", "&")) == int(part)
        assert int(share) == round(100 * int(part) / int(whole))


def test_drift_opens_the_devices_in_trouble(cast: Cast, tenant: int) -> None:
    client = signed_in(cast.admin)
    assert text_of(client.get(place(cast))).count("known after a week") == 2
    keep_figures(actor=system_actor("Tests", tenant), tenant=tenant, now=utc_now() - 7 * DAY)
    with tenant_scope([tenant]):
        HealthDay.objects.filter(provider="dell").update(devices=10, found=10)
        HealthDay.objects.filter(provider="lenovo").update(devices=10, found=0)
    page = client.get(place(cast)).content.decode()
    told = re.findall(r'<a href="([^"]*)">([^<]*) points</a>\s*<small>(\d+)% on', page)
    assert [(points, then) for _, points, then in told] == [("−55.6", "100"), ("+50.0", "0")]
    assert in_list(client, told[0][0].replace("&amp;", "&")) == 9
    with tenant_scope([tenant]):
        HealthDay.objects.filter(provider="dell").update(devices=18, found=8)
    assert "unchanged" in text_of(client.get(place(cast)))


def test_a_vendor_without_devices_says_so(cast: Cast, tenant: int) -> None:
    shown = text_of(signed_in(cast.admin).get(place(cast)))
    assert "There is no device of this vendor." in shown
    # Vendors with devices come first, whatever their names.
    assert shown.index("Lenovo Support API") < shown.index("Dynabook Support")


def test_a_service_that_is_asked_about_no_vendor_opens_no_list(cast: Cast, tenant: int) -> None:
    board = vendor_health(actor=actor_of(cast.admin), tenant=tenant, now=utc_now())
    places = Places(cast.acme.customer_id, board)
    one = board.services[0]
    assert in_list(signed_in(cast.admin), places.devices(one)) == one.figures.devices
    assert places.devices(replace(one, manufacturers=()), ANSWERED) == ""


def test_without_a_service_the_page_says_what_to_do(cast: Cast) -> None:
    for language, words in (("en", "No external service yet"), ("fr", "Aucun service externe")):
        cast.admin.language = language
        cast.admin.save()
        page = signed_in(cast.admin).get(place(cast))
        assert words in text_of(page)
        assert f"/t/{cast.acme.customer_id}/settings/external-services/" in page.content.decode()


def test_w20_a_simulator_is_marked_and_what_it_answered_counts(
    cast: Cast, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dell")
    make_known(cast.acme.id, add_devices(cast.acme.id, 2), "dell")
    assert "There is no device" not in text_of(signed_in(cast.admin).get(place(cast)))
    process(actor, cast.acme.id)
    page = signed_in(cast.admin).get(place(cast))
    # Each device is of a vendor that is asked: there is no list of others to open.
    assert "vendor_not" not in page.content.decode()
    shown = text_of(page)
    for words in ("Simulated", "2 of 2 devices", "None of its devices has a problem."):
        assert words in shown


def test_w15_a_refusal_is_shown_in_the_vendors_words(cast: Cast, tenant: int) -> None:
    with tenant_scope([tenant]):
        Connection.objects.filter(provider="dell").update(
            state="CREDENTIALS_REFUSED", state_text="invalid_client"
        )
    shown = text_of(signed_in(cast.admin).get(place(cast)))
    assert "Credentials refused" in shown
    assert "invalid_client" in shown


def test_w3_a_second_secret_stands_beside_the_first(cast: Cast, tenant: int) -> None:
    client, day = signed_in(cast.admin), utc_now().date() + 100 * DAY
    assert "New secret" not in text_of(client.get(place(cast)))
    with tenant_scope([tenant]):
        waiting = Connection.objects.filter(provider="dell")
        waiting.update(sealed_next={"client_secret": "sealed"}, next_expires_on=day)
    shown = text_of(client.get(place(cast)))
    assert "New secret A new secret waits for its test in 100 days" in shown
    with tenant_scope([tenant]):
        waiting.update(next_error="invalid_client")
    page = client.get(place(cast))
    assert "The new secret failed its test" in text_of(page)
    assert "external-services/#dell" in page.content.decode()


def test_the_board_is_reached_from_the_services_and_the_navigation(cast: Cast) -> None:
    page = signed_in(cast.admin).get(f"/t/{cast.acme.customer_id}/settings/external-services/")
    assert page.content.decode().count(place(cast)) == 2
    home = signed_in(cast.reader).get(f"/t/{cast.acme.customer_id}/").content.decode()
    assert place(cast) not in home


def test_the_data_are_those_of_the_page(cast: Cast, tenant: int) -> None:
    headers = {"host": "localhost", "authorization": f"Bearer {token_of(cast.acme, cast.admin)}"}
    told = Client(headers=headers).get("/api/v1/vendor-health").json()
    first = told["services"][0]
    assert (first["provider"], first["devices"], first["answered"], first["found"]) == (
        "dell",
        18,
        12,
        8,
    )
    assert first["by_problem"] == {"QUOTA_REACHED": 5, "VENDOR_DOWN": 4}
    assert first["by_age"] == {"WEEK": 6, "MONTH": 2, "QUARTER": 2, "OLDER": 2, "NEVER": 6}
    assert (first["earlier"], first["drift"], told["others"]) == (None, None, 4)
    keep_figures(actor=system_actor("Tests", tenant), tenant=tenant, now=utc_now() - 7 * DAY)
    later = Client(headers=headers).get("/api/v1/vendor-health").json()["services"][0]
    assert (later["earlier"]["found"], later["drift"]) == (8, 0.0)
