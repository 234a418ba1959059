"""The tenant switcher: the tenants of a reader, and no others, each a link to its own pages."""

from __future__ import annotations

import re

import pytest

from fleetward.identity.models import User
from fleetward.tenancy.contracts import Role, TenantRow
from tests.cast import add_devices, make_tenant, make_user
from tests.web.reading import signed_in

pytestmark = pytest.mark.django_db
ITEM = re.compile(
    r'<a class="fw-menu-item" href="(/t/\S+?/)" (aria-current="true")?>.*?<strong>(.*?)</strong>',
    re.DOTALL,
)


def choices(page: str) -> dict[str, tuple[str, bool]]:
    """Address and whether it is the present one, by the name of the tenant."""
    switcher = page.partition("fw-tenant")[2].partition("</details>")[0]
    return {name: (href, bool(current)) for href, current, name in ITEM.findall(switcher)}


def page_of(user: User, path: str) -> str:
    return signed_in(user).get(path).content.decode()


def home(tenant: TenantRow) -> str:
    return f"/t/{tenant.customer_id}/"


def test_the_switcher_leads_to_each_tenant_of_the_reader_and_to_no_other() -> None:
    acme, globex, stranger = map(make_tenant, ("Acme", "Globex", "Initech"))
    add_devices(globex.id, 3)
    user = make_user(roles={acme.id: Role.IT_ADMIN, globex.id: Role.REPORT_ADMIN})
    at_acme = page_of(user, f"{home(acme)}devices/")
    assert choices(at_acme) == {"Acme": (home(acme), True), "Globex": (home(globex), False)}
    assert stranger.name not in at_acme
    address, _is_current = choices(at_acme)["Globex"]
    at_globex = page_of(user, address)
    assert choices(at_globex) == {"Acme": (home(acme), False), "Globex": (home(globex), True)}
    # What one may do goes with the tenant.
    assert "settings/external-services/" in at_acme
    assert "settings/external-services/" not in at_globex
    assert "No devices yet" in at_acme
    assert "3 devices" in page_of(user, f"{address}devices/")


def test_a_reader_of_one_tenant_finds_that_one_alone() -> None:
    acme, _other = make_tenant("Acme"), make_tenant("Globex")
    user = make_user(roles={acme.id: Role.IT_ADMIN})
    assert choices(page_of(user, home(acme))) == {"Acme": (home(acme), True)}
