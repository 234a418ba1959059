"""The main job in a real browser (issue 2, "Done when"): from a device list to who expires next."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from tests import invariants
from tests.browser.lists import correct, write_workbook
from tests.bulk import CREDENTIALS
from tests.cast import PASSWORD, make_tenant, make_user
from tests.plugins.browser import DESKTOP, PHONE
from tests.plugins.site import Site
from tests.simulators import Simulators, held

pytestmark = pytest.mark.browser

ROWS, BAD = 5_000, 40
# Narrow pages are the matter there: a shorter list takes less time.
ROWS_ON_A_PHONE = 1_000
LONG = 120_000
# The vendors of the list, in the order in which they may answer.
ASKED = ("dell", "lenovo", "hp")
SPILL = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
Picture = Callable[..., Path]


@dataclass(frozen=True)
class Words:
    """What the pages say in one language."""

    locale: str
    sign_in: str
    empty: str
    check: str
    will_do: str
    start: str
    refused: str
    another: str
    all_stored: str
    bulk: str
    done: str
    soon: str
    export: str
    status: str
    status_head: str


ENGLISH = Words(
    locale="en-GB",
    sign_in="Sign in",
    empty="No devices yet",
    check="Upload and check",
    will_do="What the import will do",
    start="Start import",
    refused="40 rows were refused",
    another="Import another list",
    all_stored="Every row is in the list of devices",
    bulk="Bulk processing",
    done="Done",
    soon="Expiring within 30 days",
    export="Export CSV",
    status="Expiring",
    status_head="Coverage",
)
FRENCH = Words(
    locale="fr-FR",
    sign_in="Se connecter",
    empty="Aucun appareil",
    check="Déposer et vérifier",
    will_do="Ce que fera l’import",
    start="Lancer l’import",
    refused="40 lignes ont été refusées",
    another="Importer une autre liste",
    all_stored="Toutes les lignes sont dans la liste des appareils",
    bulk="Traitement par lots",
    done="Terminé",
    soon="Expirent sous 30 jours",
    export="Exporter en CSV",
    status="Bientôt expirée",
    status_head="Couverture",
)


SCREENS = [
    pytest.param(ENGLISH, DESKTOP, ROWS, id="en"),
    pytest.param(FRENCH, DESKTOP, ROWS, id="fr"),
    pytest.param(ENGLISH, PHONE, ROWS_ON_A_PHONE, id="phone"),
]


@pytest.mark.parametrize(("words", "viewport", "rows"), SCREENS)
def test_from_a_device_list_to_who_expires_next(
    quick_site: Site,
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    picture: Picture,
    tmp_path: Path,
    words: Words,
    viewport: dict[str, int],
    rows: int,
) -> None:
    lang = words.locale[:2]
    screen = f"{lang}-{viewport['width']}"
    tenant = make_tenant(f"Acme {screen}", language=lang)
    user = make_user(f"{screen}@acme.example", {tenant.id: Role.DEVICE_ADMIN})
    for vendor, values in CREDENTIALS.items():
        save_external_service(
            actor=system_actor("Tests", tenant.id),
            tenant=tenant.id,
            provider=vendor,
            form=ServiceForm(values),
            now=utc_now(),
        )
    page = new_context(locale=words.locale, viewport=viewport).new_page()
    shown = Shown(page, words, picture, screen)

    shown.sign_in(quick_site, user.email)
    expect(page.get_by_text(words.empty)).to_be_visible()
    shown.import_list(workbook(tmp_path, lang, rows))
    expect(page.get_by_text(words.will_do)).to_be_visible(timeout=LONG)
    axe(page)
    shown.photo("import-check")
    page.get_by_role("button", name=words.start).click()
    expect(page.get_by_text(words.refused)).to_be_visible(timeout=LONG)
    shown.photo("import-result")

    with page.expect_download() as download:
        page.locator("a[href$='refused.xlsx']").click()
    assert correct(download.value.path(), tmp_path / "again.csv", f"{lang}AGAIN".upper()) == BAD
    page.get_by_role("link", name=words.another).click()
    shown.send(tmp_path / "again.csv")
    page.get_by_role("button", name=words.start).click(timeout=LONG)
    expect(page.get_by_text(words.all_stored)).to_be_visible(timeout=LONG)

    page.goto(f"{quick_site.url}/t/{tenant.customer_id}/")
    with held(quick_site.simulators, *ASKED) as vendors:
        page.get_by_role("button", name=re.compile(words.bulk)).click()
        assert vendors.wait_at_once()
        shown.watch_the_run(quick_site.simulators)
        shown.photo("run-live")
    # With problems: a few serials are ambiguous at their vendor, and say so.
    state = page.locator(".fw-progress strong").first
    expect(state).to_have_text(re.compile(words.done), timeout=LONG)
    axe(page)
    shown.photo("run-done")

    page.goto(f"{quick_site.url}/t/{tenant.customer_id}/")
    axe(page)
    shown.photo("dashboard")
    tile = page.get_by_role("link", name=re.compile(words.soon))
    number = int(re.sub(r"\D", "", tile.locator(".fw-tile-number").inner_text()))
    tile.click()
    axe(page)
    shown.photo("expiring")
    listed = all_names(page)
    assert len(listed) == number > rows / 100
    with page.expect_download() as export:
        page.get_by_role("link", name=words.export).first.click()
    head, *exported = read_csv(Path(export.value.path()))
    assert [row[0] for row in exported] == listed
    assert {row[head.index(words.status_head)] for row in exported} == {words.status}
    invariants.everything_holds(tenant.id)


def workbook(folder: Path, lang: str, rows: int) -> Path:
    file = folder / f"fleet-{lang}.xlsx"
    write_workbook(file, rows=rows, bad=BAD, prefix=lang.upper())
    return file


@dataclass
class Shown:
    """What a person does on the pages, in one language."""

    page: Page
    words: Words
    picture: Picture
    screen: str

    def photo(self, name: str) -> None:
        """The page also has to fit the screen."""
        self.picture(self.page, f"{name}-{self.screen}")
        assert self.page.evaluate(SPILL) <= 0, name

    def sign_in(self, site: Site, email: str) -> None:
        self.page.goto(site.url)
        self.photo("sign-in")
        self.page.locator("[name=login]").fill(email)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.get_by_role("button", name=self.words.sign_in).click()
        self.page.wait_for_url("**/t/**")

    def watch_the_run(self, simulators: Simulators) -> None:
        """It is seen to go on, on one and the same page, vendor by vendor; the last still waits."""
        page = self.page
        page.evaluate("document.documentElement.dataset.seen = 'once'")
        bar, figure = page.locator("#run progress"), page.locator("#run .fw-num")
        expect(figure).to_be_visible(timeout=LONG)
        for vendor in ASKED[:-1]:
            done, told = bar.evaluate("bar => bar.value"), figure.inner_text()
            simulators.dial(vendor, hold=False)
            expect(bar).not_to_have_js_property("value", done, timeout=LONG)
            expect(figure).not_to_have_text(told)
            assert done < bar.evaluate("bar => bar.value") < bar.evaluate("bar => bar.max")
        expect(page.locator("html[data-seen=once]")).to_have_count(1)

    def import_list(self, file: Path) -> None:
        self.page.locator("main").get_by_role("link").first.click()
        self.send(file)

    def send(self, file: Path) -> None:
        self.page.locator("input[type=file]").set_input_files(file)
        self.page.get_by_role("button", name=self.words.check).click()


def all_names(page: Page) -> list[str]:
    """The first column of a list, over all of its pages."""
    names = []
    while True:
        names += page.locator("table[data-keys] tbody td.is-main").all_inner_texts()
        following = page.locator("a[rel=next]")
        if not following.count():
            return names
        with page.expect_navigation():  # a page is there once its last row is
            following.first.click()


def read_csv(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
