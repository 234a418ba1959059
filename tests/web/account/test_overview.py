"""Account > Overview: the Customer ID to copy (T1), one's role, and numbers of what one may see."""

from __future__ import annotations

import pytest

from fleetward.tenancy.contracts import Role
from tests.cast import Cast, add_devices, make_tenant, make_user
from tests.db.devices.fleet import first_view_of
from tests.web.reading import numbers, signed_in, text_of

pytestmark = pytest.mark.django_db
ROLES = {
    Role.IT_ADMIN: "Your role IT Admin Everything, including settings and users.",
    Role.DEVICE_ADMIN: "Your role Device Admin Devices, imports and warranty, but no settings.",
    Role.REPORT_ADMIN: "Your role Report Admin Reads and exports, changes nothing.",
}


@pytest.fixture
def here(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/account/"


@pytest.mark.parametrize("role", ROLES)
def test_t1_every_member_finds_the_customer_id_with_a_button_that_copies_it(
    cast: Cast, here: str, role: Role
) -> None:
    client = signed_in(make_user(roles={cast.acme.id: role}))
    copied = f'data-copy="{cast.acme.customer_id}"'
    answer = client.get(here)
    assert copied in answer.content.decode()
    assert ROLES[role] in text_of(answer)
    home = client.get(f"/t/{cast.acme.customer_id}/").content.decode()
    assert copied not in home, "only here can it be copied"
    assert home.count(f'href="{here}"') == 2, "in the navigation and in the tenant switcher"


def test_the_role_is_the_one_in_this_tenant(cast: Cast, here: str) -> None:
    lab = make_tenant("Lab")
    user = make_user(roles={cast.acme.id: Role.DEVICE_ADMIN, lab.id: Role.REPORT_ADMIN})
    client = signed_in(user)
    assert ROLES[Role.DEVICE_ADMIN] in text_of(client.get(here))
    assert ROLES[Role.REPORT_ADMIN] in text_of(client.get(f"/t/{lab.customer_id}/account/"))


def test_it_shows_what_the_tenant_has_set(cast: Cast, here: str) -> None:
    told = text_of(signed_in(cast.reader).get(here))
    assert "Name Acme" in told
    assert f"Time zone {cast.acme.settings.time_zone}" in told
    assert "Language English" in told


def test_numbers_are_of_this_tenant_and_of_what_the_role_may_see(cast: Cast, here: str) -> None:
    add_devices(cast.acme.id, 3)
    add_devices(cast.other.id, 5)
    by_admin, by_reader = (text_of(signed_in(user).get(here)) for user in (cast.admin, cast.reader))
    assert "In this tenant Devices 3 Users 3" in by_admin
    assert "In this tenant Devices 3" in by_reader
    assert "Users" not in by_reader


def test_users_who_are_disabled_count_as_their_page_lists_them(cast: Cast, here: str) -> None:
    cast.reader.is_active = False
    cast.reader.save()
    admin = signed_in(cast.admin)
    assert "Users 3" in text_of(admin.get(here))
    assert cast.reader.email in text_of(admin.get(here.replace("/account/", "/settings/users/")))


def test_the_number_of_devices_opens_all_whatever_the_role_finds_first(
    cast: Cast, here: str
) -> None:
    add_devices(cast.acme.id, 4)
    first_view_of(cast, Role.IT_ADMIN, "q=nothing")
    admin = signed_in(cast.admin)
    (href,) = (href for text, href in numbers(admin.get(here).content.decode()) if text == "4")
    listed = admin.get(href)
    assert (listed.status_code, "4 devices" in text_of(listed)) == (200, True)


def test_only_who_may_change_the_settings_is_led_there(cast: Cast, here: str) -> None:
    link = f'<a class="btn" href="/t/{cast.acme.customer_id}/settings/">'
    assert link in signed_in(cast.admin).get(here).content.decode()
    assert link not in signed_in(cast.device_admin).get(here).content.decode()
