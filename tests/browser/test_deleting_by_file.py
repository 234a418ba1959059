"""Deleting by file in a real browser, with a worker (E10): sent, looked at, typed, told, undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from tests.browser.signing_in import sign_in
from tests.cast import Cast, add_devices, make_cast
from tests.db.imports.lists import csv_of
from tests.plugins.browser import PHONE
from tests.plugins.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def cast(live_site: Site) -> Cast:
    return make_cast()


def active(cast: Cast) -> int:
    with tenant_scope([cast.acme.id]):
        return Device.objects.filter(tenant_id=cast.acme.id, is_active=True).count()


def test_e10_what_a_file_names_is_deleted_after_the_code_and_comes_back(
    page: Page, live_site: Site, cast: Cast, tmp_path: Path, axe: Callable[[Page], None]
) -> None:
    add_devices(cast.acme.id, 5)
    with tenant_scope([cast.acme.id]):
        serials = list(Device.objects.order_by("id").values_list("serial", flat=True))
    file = tmp_path / "old machines.csv"
    rows = [*((serial,) for serial in serials[:3]), ("ZZZ9999",), (serials[0],), ("none",)]
    file.write_bytes(csv_of(rows, ["Service Tag"]))
    sign_in(page, live_site, cast.admin.email)
    page.get_by_role("link", name="Devices", exact=True).click()
    page.get_by_role("link", name="Delete by file").click()
    axe(page)
    page.get_by_label("File of serial numbers").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    delete = page.get_by_role("link", name="Delete 3 devices…")
    expect(delete).to_be_visible(timeout=60_000)
    axe(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    delete.click()
    code = page.locator("[data-code]").get_attribute("data-code")
    page.get_by_label("Security code").fill(str(code))
    page.get_by_role("button", name="Delete 3 devices").click()
    expect(page.get_by_text("3 devices deleted")).to_be_visible()
    assert active(cast) == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("3 devices restored")).to_be_visible()
    assert active(cast) == 5
