"""Importing in a real browser, with a worker: sent, checked, watched, corrected, sent again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fleetward.devices.actions import change_device
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import reader_of
from tests.browser.signing_in import sign_in
from tests.cast import Cast, actor_of, make_cast, make_tenant, make_user
from tests.db.imports.lists import csv_of, imported
from tests.plugins.browser import PHONE
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
ROWS = [(f"5CG{n:07d}", "HP", "A1B2C3", f"PC-{n}", "FR") for n in range(300)]
BAD = [("none", "HP", "", "PC-X"), ("1.2E+07", "HP"), ("5CG0000001", "HP", "A1B2C3", "PC-1", "FR")]


@pytest.fixture(scope="module")
def cast(live_site: Site) -> Cast:
    return make_cast()


def test_a_list_with_bad_rows_is_imported_corrected_and_sent_again(
    page: Page,
    live_site: Site,
    cast: Cast,
    tmp_path: Path,
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
) -> None:
    file = tmp_path / "fleet.csv"
    file.write_bytes(csv_of([*ROWS, *BAD]))
    sign_in(page, live_site, cast.device_admin.email)
    page.get_by_role("link", name="Imports").click()
    axe(page)
    page.get_by_role("link", name="Import devices").first.click()
    axe(page)
    page.get_by_label("Device list").set_input_files(file)
    picture(page, "import-new")
    page.get_by_role("button", name="Upload and check").click()
    start = page.get_by_role("button", name="Start import")
    expect(start).to_be_visible(timeout=60_000)
    axe(page)
    picture(page, "import-check")
    page.set_viewport_size(PHONE)
    picture(page, "import-check-phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    start.click()
    expect(page.get_by_text("3 rows were refused")).to_be_visible(timeout=60_000)
    axe(page)
    picture(page, "import-result")
    with page.expect_download() as download:
        page.locator("a[href$='refused.csv']").click()
    data = Path(download.value.path()).read_text(encoding="utf-8-sig")
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(data.replace("none,HP", "5CG9999999,HP"), encoding="utf-8")
    page.get_by_role("link", name="Import another list").click()
    page.get_by_label("Device list").set_input_files(corrected)
    page.get_by_role("button", name="Upload and check").click()
    expect(start).to_be_visible(timeout=60_000)
    start.click()
    expect(page.get_by_text("1 row was refused")).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_import_is_undone_after_a_look_and_the_code(
    live_site: Site, eye: Eye, look: Look
) -> None:
    """What has changed since is named before and after, and left alone."""
    tenant = make_tenant(f"Undone {look}")
    user = make_user(f"undone-{look}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    rows = [(f"8CG{n:07d}", "HP", "A1B2C3", f"PC-{n}", "FR") for n in range(5)]
    done = imported(actor_of(user), tenant.id, csv_of(rows))
    with tenant_scope([tenant.id]):
        changed = Device.objects.filter(tenant_id=tenant.id).earliest("id")
    change_device(
        actor=actor_of(user),
        tenant=tenant.id,
        uid=changed.uid,
        changes={"location": "Metz"},
        now=utc_now(),
    )
    reader = reader_of(user, live_site, look, eye)
    page = reader.page
    page.goto(f"{live_site.url}/t/{tenant.customer_id}/imports/{done.summary.uid}/")
    reader.look_around("undo-import-result")
    reader.link("Undo this import").click()
    removed = reader.say("Will be removed", "number of devices")
    expect(page.get_by_text(removed)).to_be_visible()
    expect(page.locator("main")).to_contain_text(changed.serial)
    reader.look_around("undo-import")
    undo = reader.button("Undo this import")
    expect(undo).to_be_disabled()
    code = page.locator(".fw-security-code").inner_text()
    page.locator("[data-code]").fill(code)
    undo.click()
    told = reader.say("Undo the import of %(file)s", file="list.csv")
    expect(reader.heading).to_have_text(told)
    expect(page.locator(".fw-figures")).to_contain_text("4")
    expect(page.locator("main")).to_contain_text(reader.say("Changed since"))
    reader.look_around("undo-import-done")
    page.get_by_role("link", name="list.csv").click()
    expect(page.get_by_text(reader.say("This import was undone"))).to_be_visible()
    with tenant_scope([tenant.id]):
        left = Device.objects.filter(tenant_id=tenant.id, is_active=True)
        assert [device.serial for device in left] == [changed.serial]
    assert not reader.problems, "\n".join(reader.problems)
