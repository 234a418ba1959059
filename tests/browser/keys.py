"""The keyboard alone: who works with it, where the keys are, and whether that can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pytest
from playwright.sync_api import Locator, Page

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role, TenantRow
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import add_devices, make_tenant, make_user
from tests.plugins.site import Site

# Nobody has a keyboard at a phone.
WIDE = [look for look in LOOKS if look.size == "wide"]
DEVICES = 4
MOST_STOPS = 300
# What is wrong with the place that the keys are at; "" for nothing.
UNSEEN = """() => {
  const place = document.activeElement;
  if (place === document.body) return "nowhere";
  const box = place.getBoundingClientRect();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return "out of sight";
  const top = document.elementFromPoint(x, y);
  if (!top || !(place.contains(top) || top.contains(place))) return `under ${top?.className}`;
  // A ring is drawn around it, or around what it stands in.
  const parts = [[place], [place, "::after"], [place.parentElement]];
  const drawn = () => [...parts, [place.parentElement.parentElement]].map((part) => {
    const style = getComputedStyle(...part);
    return style.outlineStyle + style.outlineWidth + style.boxShadow;
  }).join();
  const ring = drawn();
  // Leaving a date and coming back would be to begin with its day again, for ever; and at the
  // button of its calendar the browser draws a ring of its own.
  if (place.type === "date" && (!place.matches(":focus") || ring.includes("solid"))) return "";
  place.blur();
  const plain = drawn();
  place.focus({ preventScroll: true });
  return ring === plain ? "without a ring" : "";
}"""
NO_RINGS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { outline: 0 !important; box-shadow: none !important; }");
  document.adoptedStyleSheets = [sheet];
}"""
REGION = """() => {
  const part = document.activeElement.closest(".fw-skip, .fw-side, .fw-topbar, main, .fw-toasts");
  return part && (part.id === "content" ? part.id : part.classList[0]);
}"""


@dataclass
class Keys:
    """The keyboard of a reader. `unseen` gathers where the focus could not be seen."""

    reader: Reader
    unseen: list[str]

    @property
    def page(self) -> Page:
        return self.reader.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def look(self) -> None:
        if trouble := self.page.evaluate(UNSEEN):
            self.unseen.append(f"{self.page.url}: “{self.reader.focused()}” is {trouble}")

    def tab_to(self, place: Locator) -> None:
        """As often as it takes, forwards."""
        for _stop in range(MOST_STOPS):
            if place.evaluate("place => place === document.activeElement"):
                return
            self.press("Tab")
            # Beyond the last place of a page stands the browser, and the first comes next.
            if not self.page.evaluate("document.activeElement === document.body"):
                self.look()
        pytest.fail(f"the keys do not come to {place}")

    def enter(self, place: Locator) -> None:
        """Go there, and press Enter."""
        self.tab_to(place)
        self.press("Enter")

    def write(self, place: Locator, text: str) -> None:
        """Go to a field, and type over what stands in it."""
        self.tab_to(place)
        self.press("Control+a")
        self.type(text)


@dataclass(frozen=True)
class Desk:
    reader: Reader
    keys: Keys
    tenant: TenantRow
    home: str

    def names(self) -> list[str]:
        return self.reader.page.locator("tbody td.is-main").all_inner_texts()

    def go_to_list(self) -> None:
        self.keys.press("g", "v")
        self.reader.page.wait_for_url(f"{self.home}devices/")

    def regions(self) -> list[str]:
        """The parts of the page that Tab goes through from here; each once, unless it goes back."""
        found = []
        for _stop in range(MOST_STOPS):
            self.keys.press("Tab")
            region = self.reader.page.evaluate(REGION)
            if not region:
                return [name for name, _stops in groupby(found)]
            self.keys.look()
            found.append(region)
        pytest.fail("the keys are caught")

    def places(self) -> list[str]:
        with tenant_scope([self.tenant.id]):
            devices = Device.objects.filter(tenant_id=self.tenant.id).order_by("id")
            return list(devices.values_list("location", flat=True))


def desk(site: Site, eye: Eye, look: Look, name: str) -> Desk:
    """Somebody who may do everything, at the dashboard of a tenant with a few devices."""
    tenant = make_tenant(f"{name} {look}")
    add_devices(tenant.id, DEVICES, location="Paris")
    user = make_user(f"{name}-{look}@acme.example".lower(), {tenant.id: Role.IT_ADMIN})
    reader = reader_of(user, site, look, eye)
    return Desk(reader, Keys(reader, []), tenant, f"{site.url}/t/{tenant.customer_id}/")
