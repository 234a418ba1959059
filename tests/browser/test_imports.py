"""Importing in a real browser, with a worker: sent, checked, watched, corrected, sent again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.signing_in import sign_in
from tests.cast import Cast, make_cast
from tests.db.imports.lists import csv_of
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


def test_an_import_is_undone_after_a_look_and_the_code(
    page: Page,
    live_site: Site,
    cast: Cast,
    tmp_path: Path,
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
) -> None:
    file = tmp_path / "undone.csv"
    file.write_bytes(csv_of([(f"8CG{n:07d}", "HP", "A1B2C3", f"PC-{n}", "FR") for n in range(5)]))
    sign_in(page, live_site, cast.device_admin.email)
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Import devices").first.click()
    page.get_by_label("Device list").set_input_files(file)
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Start import").click(timeout=60_000)
    page.get_by_role("link", name="Undo this import").click(timeout=60_000)
    expect(page.get_by_text("Will be removed")).to_be_visible()
    axe(page)
    picture(page, "import-undo")
    undo = page.get_by_role("button", name="Undo this import")
    expect(undo).to_be_disabled()
    code = page.locator(".fw-security-code").inner_text()
    page.get_by_label("Type the security code to confirm").fill(code)
    undo.click()
    expect(page.get_by_role("heading", name="Undo the import of undone.csv")).to_be_visible()
    axe(page)
    expect(page.get_by_text("5 of 5")).to_be_visible()
    page.get_by_role("link", name="undone.csv").click()
    expect(page.get_by_text("This import was undone")).to_be_visible()
