"""The whole way of a device (issue 4, "Done when"), in a browser and with a worker.

From the operator's feed to the partner's Unassigned Devices, by a file to a customer, back by the
undo, and at last into the customer's list by its cPIN (T2 to T9, X1 to X13, E7).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import expect

from fleetward.devices.models import Device
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import Role, TenantKind, TenantRow
from fleetward.tenancy.models import Tenant
from fleetward.tenancy.queries import get_tenant_by_id
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.browser.test_partners import create_customer
from tests.cast import add_devices, make_tenant, make_user, make_vendor, manage
from tests.db.transfers.desk import file_of
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
# Each language once: on a wide page in light colours, on a phone in dark ones.
SHOWN = (LOOKS[1], LOOKS[3])
SECONDS = 60_000
COURSE = "0001114751"
FEED_HEAD = ("Partner Location ID", "Serial Number", "Manufacturer", "Product Number", "Model")
# X6: the same in every language.
GOOD, MISSING, DOUBLE = "Asset successfully created", "Device not found", "Duplicate row"


@pytest.fixture(scope="module")
def office(live_site: Site) -> tuple[TenantRow, User]:
    """The operator's tenant, and an operator."""
    return make_vendor()


@dataclass
class World:
    """Everybody on the way. `pied` and `umbrella` have been customers of the partner for long."""

    site: Site
    look: Look
    eye: Eye
    vendor: TenantRow
    boss: User
    folder: Path
    tenant: TenantRow = field(init=False)
    operator: Reader = field(init=False)
    partner: Reader = field(init=False)
    admin: Reader = field(init=False)
    seller: User = field(init=False)
    pied: TenantRow = field(init=False)
    umbrella: TenantRow = field(init=False)

    def __post_init__(self) -> None:
        self.tenant = make_tenant(f"Resale {self.look}", kind=TenantKind.PARTNER)
        self.pied, self.umbrella = (make_tenant(f"{name} {self.look}") for name in ("Pied", "Umb"))
        for customer in (self.pied, self.umbrella):
            manage(customer, self.tenant)
        self.seller = make_user(
            f"sales-{self.look}@resale.example", {self.tenant.id: Role.PARTNER_ADMIN}
        )
        iris = make_user(
            f"iris-{self.look}@globex.example", {make_tenant("Old").id: Role.REPORT_ADMIN}
        )
        self.operator, self.partner, self.admin = (
            reader_of(user, self.site, self.look, self.eye)
            for user in (self.boss, self.seller, iris)
        )
        self.iris = iris

    def open(self, reader: Reader, tenant: TenantRow, path: str) -> None:
        reader.page.goto(f"{self.site.url}/t/{tenant.customer_id}/{path}")

    @property
    def location(self) -> str:
        return f"LEEDS-{self.look}".upper()

    @property
    def serials(self) -> list[str]:
        """Of the machines that were sold to the partner."""
        return [f"5CG{self.look.size}{number}".upper() for number in range(1, 4)]


@pytest.mark.parametrize("look", SHOWN, ids=str)
def test_from_a_feed_by_a_transfer_and_its_undo_to_the_list_of_a_customer(
    live_site: Site, eye: Eye, look: Look, office: tuple[TenantRow, User], tmp_path: Path
) -> None:
    world = World(live_site, look, eye, *office, tmp_path)
    certify(world)
    feed(world)
    globex = take_on(world)
    transfer(world, globex)
    enrol(world, globex)
    problems = [
        one
        for reader in (world.operator, world.partner, world.admin)
        for one in reader.problems
        # X6: State Descriptions are the same in every language.
        if not one.endswith((": not found", MISSING, DOUBLE))
    ]
    assert not problems, "\n".join(problems)


def certify(world: World) -> None:
    """T6, T7: by hand on the page of the partner, and Unassigned Devices is there."""
    operator, partner = world.operator, world.partner
    unassigned = partner.page.locator(".fw-nav a[href$='/unassigned/']")
    world.open(partner, world.tenant, "customers/")
    expect(unassigned).to_have_count(0)
    world.open(partner, world.tenant, "unassigned/")
    partner.look_around("unassigned-closed")
    page = operator.page
    world.open(operator, world.vendor, f"operator/partners/{world.tenant.customer_id}/")
    operator.field("Partner ID").fill(world.location)
    operator.button("Add location").click()
    expect(page.locator("main .fw-mono")).to_have_text(world.location)
    person = page.locator("[name=person] option", has_text=world.seller.email)
    page.locator("[name=person]").select_option(person.get_attribute("value"))
    page.locator("[name=course]").select_option(COURSE)
    page.locator("[name=completed_on]").fill("2026-01-10")
    operator.button("Record the course").click()
    expect(page.locator("main table .fw-badge.is-good")).to_have_count(1)
    operator.look_around("operator-certified")
    world.open(partner, world.tenant, "customers/")
    expect(unassigned).to_have_count(1)
    open_unassigned(world)
    expect(
        partner.page.get_by_role("heading", name=partner.say("Nothing has been reported yet"))
    ).to_be_visible()
    partner.look_around("unassigned-nothing")


def open_unassigned(world: World) -> None:
    """By the link of the menu, which a phone folds away."""
    if not world.partner.is_wide:
        return world.open(world.partner, world.tenant, "unassigned/")
    world.open(world.partner, world.tenant, "customers/")
    return world.partner.page.locator(".fw-nav a[href$='/unassigned/']").click()


def upload(reader: Reader, source: str, file: Path) -> None:
    """Send a file from the list of devices that is open, and wait for what it would do."""
    reader.link("Transfer").click()
    expect(reader.page.locator("main form strong")).to_have_text(source)
    reader.field("File of devices").set_input_files(file)
    reader.button("Upload and check").click()
    expect(reader.button("Discard")).to_be_visible(timeout=SECONDS)


def summary(reader: Reader) -> list[tuple[str, str]]:
    """State and State Description of every row, which are the same in every language."""
    with reader.page.expect_download() as found:
        reader.page.locator("a[href$='summary.csv']").click()
    with Path(found.value.path()).open(encoding="utf-8-sig", newline="") as lines:
        return [(row["State"], row["State Description"]) for row in csv.DictReader(lines)]


def serial_at(tenant: TenantRow) -> str:
    with tenant_scope([tenant.id]):
        return Device.objects.get(tenant_id=tenant.id).serial


def feed(world: World) -> None:
    """T9: the operator's file fills Unassigned Devices, and tells how each line ended."""
    operator, partner, page = world.operator, world.partner, world.operator.page
    sold = [(world.location, serial, "HP", "8A4L2EA", "EliteBook 840") for serial in world.serials]
    nowhere = ("NOWHERE", "5CGNOWHERE", "HP", "", "")
    file = world.folder / "sold.csv"
    file.write_bytes(file_of([*sold, sold[0], nowhere], FEED_HEAD))
    world.open(operator, world.vendor, "operator/feeds/")
    operator.look_around("feeds")
    operator.field("Resale feed").set_input_files(file)
    operator.button("Upload").click()
    expect(page.locator("a.fw-download")).to_have_count(2, timeout=SECONDS)
    outcomes = page.locator("#rows tbody .fw-badge")
    expect(outcomes).to_have_count(5)
    operator.look_around("feed-done")
    open_unassigned(world)
    expect(partner.rows).to_have_count(len(world.serials))
    partner.look_around("unassigned-filled")


def take_on(world: World) -> TenantRow:
    """T2, T3: a new customer; its admin joins by the link, and accepts the partner."""
    partner, admin = world.partner, world.admin
    world.open(partner, world.tenant, "customers/")
    link = create_customer(partner, f"Globex {world.look}", world.iris.email)
    globex = get_tenant_by_id(Tenant.objects.get(name=f"Globex {world.look}").id)
    admin.page.goto(link)
    admin.look_around("customer-invited")
    admin.button("Join").click()
    admin.page.wait_for_url(f"**/t/{globex.customer_id}/**")
    world.open(admin, globex, "settings/partner/")
    admin.button("Accept").click()
    expect(admin.toast(admin.say("The partner was accepted."))).to_be_visible()
    partner.page.reload()
    expect(partner.page.get_by_role("link", name=globex.name)).to_be_visible()
    partner.look_around("customers-accepted")
    return globex


def transfer(world: World, target: TenantRow) -> None:
    """X1 to X13: a file with rows of every kind, looked at, moved, undone; then at a wrong page."""
    partner, page = world.partner, world.partner.page
    add_devices(world.pied.id, 1)
    add_devices(world.umbrella.id, 1)
    one, two, three = world.serials
    named = [one, "ZZZ9999", two, one, serial_at(world.pied), three]
    file = world.folder / "handed over.csv"
    file.write_bytes(file_of([(serial, target.customer_id) for serial in named]))

    open_unassigned(world)
    upload(partner, partner.say("Unassigned Devices"), file)
    partner.look_around("transfer-check")
    move = partner.say_many("Move %(count)s device", "Move %(count)s devices", 3, count=3)
    page.get_by_role("button", name=move, exact=True).click()
    expect(page.get_by_text(partner.say("What to correct"), exact=True)).to_be_visible(
        timeout=SECONDS
    )
    partner.look_around("transfer-summary")
    assert summary(partner) == [
        ("Success", GOOD),
        ("Failed", MISSING),
        ("Success", GOOD),
        ("Failed", DOUBLE),
        ("Failed", MISSING),
        ("Success", GOOD),
    ]
    expect(page.locator(".fw-bell-mark")).to_be_visible()
    address = page.url
    page.locator("[data-bell]").click()
    told = partner.say(
        "Transfer to %(target)s finished: %(moved)s of %(rows)s rows moved a device",
        target=target.name,
        moved=3,
        rows=6,
    )
    expect(page.locator("#notes").get_by_text(told)).to_be_visible()
    partner.look_around("transfer-told")
    world.open(partner, target, "devices/?view=all")
    expect(partner.rows).to_have_count(3)

    page.goto(address)
    partner.button("Undo this transfer").click()
    back = partner.say_many("Move %(count)s device back", "Move %(count)s devices back", 3, count=3)
    start = page.get_by_role("button", name=back, exact=True)
    expect(start).to_be_visible(timeout=SECONDS)
    partner.look_around("transfer-undo")
    start.click()
    expect(page.get_by_text(partner.say("Every device is back"))).to_be_visible(timeout=SECONDS)
    figures = page.locator(".fw-figures dt")
    expect(figures).to_have_text([partner.say("Moved back")])
    partner.look_around("transfer-undone")
    open_unassigned(world)
    expect(partner.rows).to_have_count(3)

    # From the wrong page, which says where it has looked (X2).
    world.open(partner, world.umbrella, "devices/")
    upload(partner, world.umbrella.name, file)
    expect(page.locator("main tbody .fw-badge").get_by_text(MISSING)).to_have_count(len(named))
    searched = page.get_by_text(
        partner.say(
            "Devices were looked for at %(name)s and nowhere else.", name=world.umbrella.name
        )
    )
    expect(searched).to_be_visible()
    partner.look_around("transfer-wrong-page")
    partner.button("End with the summary").click()
    expect(page.get_by_text(partner.say("What to correct"), exact=True)).to_be_visible(
        timeout=SECONDS
    )
    expect(searched).to_be_visible()
    partner.look_around("transfer-wrong-summary")
    assert summary(partner) == [("Failed", MISSING)] * len(named)


def enrol(world: World, customer: TenantRow) -> None:
    """E7: by the cPIN of its page a machine that waits in Unassigned Devices comes by itself."""
    admin, partner = world.admin, world.partner
    world.open(admin, customer, "settings/preferences/")
    admin.button("Make cPIN").click()
    pin = admin.page.locator("main .fw-banner [data-copy]").get_attribute("data-copy") or ""
    admin.look_around("pin-made")
    serial = world.serials[0]
    machine = {"serial": serial, "manufacturer": "HP", "product-number": "8A4L2EA", "name": "PC-7"}
    said = [word for name, value in machine.items() for word in (f"--{name}", value)]
    place = ("--url", world.site.url, "--pin", pin, "--state-file", str(world.folder / "kept.json"))
    assert "Enrolled as device" in world.site.command("enrol", *place, *said, "--unattended")
    world.open(admin, customer, "devices/?view=all")
    expect(admin.rows).to_have_count(1)
    expect(admin.rows).to_contain_text(serial)
    admin.look_around("enrolled")
    open_unassigned(world)
    expect(partner.rows).to_have_count(2)
    expect(partner.rows.filter(has_text=serial)).to_have_count(0)
