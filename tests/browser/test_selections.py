"""Selected devices in a real browser: kept as they were, edited, taken back, deleted, exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import python_calamine
from playwright.sync_api import expect

from fleetward.devices.actions import change_device
from fleetward.devices.models import Device
from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role, TenantRow
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import actor_of, add_devices, make_tenant, make_user
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
# Devices of a page, and more than a request works off by itself.
PAGE, MANY = 50, 210
LONG = 60_000


@dataclass(frozen=True)
class Desk:
    """Somebody before the list of a tenant's devices."""

    reader: Reader
    tenant: TenantRow
    user: User
    home: str


@pytest.fixture(scope="module")
def site(live_site: Site) -> Site:
    """Its worker works when a test says so, and what is seen does not depend on speed."""
    live_site.kill("worker")
    return live_site


@contextmanager
def worker_of(site: Site) -> Iterator[None]:
    site.start("worker", "worker")
    yield
    site.kill("worker")


def desk(site: Site, eye: Eye, look: Look, name: str, *, devices: int) -> Desk:
    """At the list of so many devices in Paris."""
    tenant = make_tenant(f"{name} {look}")
    add_devices(tenant.id, devices, location="Paris", assigned_user="Ada")
    user = make_user(f"{name}-{look}@acme.example".lower(), {tenant.id: Role.IT_ADMIN})
    reader = reader_of(user, site, look, eye)
    home = f"{site.url}/t/{tenant.customer_id}/devices/"
    reader.page.goto(home)
    return Desk(reader, tenant, user, home)


def select_all(reader: Reader, number: int) -> None:
    """The page, and then whatever the list has."""
    page = reader.page
    page.locator("[data-pick-all]").check()
    expect(page.locator("[data-picked]")).to_have_text(str(PAGE))
    page.get_by_label(reader.say("Select all %(count)s", count=number)).check()
    expect(page.locator("[data-picked]")).to_have_text(str(number))


def do(reader: Reader, action: str) -> None:
    """A button of the bar that shows while something is selected."""
    bar = reader.page.get_by_role("region", name=reader.say("Selected rows"))
    bar.get_by_role("button", name=reader.say(action), exact=True).click()


def places(at: Desk) -> Counter[str]:
    """How many active devices stand where."""
    with tenant_scope([at.tenant.id]):
        active = Device.objects.filter(tenant_id=at.tenant.id, is_active=True)
        return Counter(active.values_list("location", flat=True))


def change_first(at: Desk) -> str:
    """Somebody changes a device meanwhile; its serial number."""
    with tenant_scope([at.tenant.id]):
        device = Device.objects.filter(tenant_id=at.tenant.id).earliest("id")
    change_device(
        actor=actor_of(at.user),
        tenant=at.tenant.id,
        uid=device.uid,
        changes={"location": "Nice"},
        now=utc_now(),
    )
    return device.serial


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_selection_keeps_to_the_devices_it_was_made_of(site: Site, eye: Eye, look: Look) -> None:
    """What changed since is told and left alone; what came since is not touched."""
    count = PAGE + 10
    at = desk(site, eye, look, "Kept", devices=count)
    reader, page = at.reader, at.reader.page
    page.locator("tbody .fw-pick").first.check()
    expect(page.locator("[data-picked]")).to_have_text("1")
    select_all(reader, count)
    reader.look_around("selection-all")
    do(reader, "Edit")
    told = ("%(devices)s device selected", "%(devices)s devices selected")
    expect(page.get_by_text(reader.say_many(*told, count, devices=count))).to_be_visible()
    reader.look_around("selection-edit")
    changed = change_first(at)
    add_devices(at.tenant.id, 1, location="Lyon")
    reader.field("Location").fill("Metz")
    reader.button("Apply").click()
    edited = ("%(n)s device edited", "%(n)s devices edited")
    toast = reader.toast(reader.say_many(*edited, count - 1, n=count - 1))
    expect(toast.get_by_role("button", name=reader.say("Undo"))).to_be_visible()
    reader.look_around("selection-done")
    toast.get_by_role("link", name=reader.say("Details")).click()
    tab = page.get_by_role("link", name=reader.say("Changed since", "number of devices"))
    tab.last.click()
    expect(page.locator(".fw-tabs [aria-current]")).to_be_in_viewport(ratio=0.95)
    expect(reader.rows).to_have_count(1)
    expect(reader.rows).to_contain_text(changed)
    reader.look_around("selection-changed-since")
    assert places(at) == {"Metz": count - 1, "Nice": 1, "Lyon": 1}
    assert not reader.problems, "\n".join(reader.problems)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_bulk_edit_is_looked_at_watched_and_taken_back(site: Site, eye: Eye, look: Look) -> None:
    at = desk(site, eye, look, "Edited", devices=MANY)
    reader, page = at.reader, at.reader.page
    select_all(reader, MANY)
    do(reader, "Edit")
    reader.field("Location").fill("Metz")
    page.locator("[name=clear_assigned_user]").check()
    reader.button("Review").click()
    expect(page.locator("main")).to_contain_text(reader.say("cleared"))
    reader.look_around("edit-review")
    assert places(at) == {"Paris": MANY}
    told = reader.say_many("Edit %(n)s device", "Edit %(n)s devices", MANY, n=MANY)
    page.get_by_role("button", name=told, exact=True).click()
    expect(page.locator("progress")).to_have_js_property("value", 0)
    reader.look_around("edit-begun")
    change = page.url
    with worker_of(site):
        expect(reader.button("Undo")).to_be_visible(timeout=LONG)
        assert places(at) == {"Metz": MANY}
        expect(page.locator(".fw-figures")).to_contain_text(str(MANY))
        reader.look_around("edit-ended")
        reader.rows.first.get_by_role("link").first.click()
        history = page.locator("#history li").first
        expect(history).to_contain_text("Paris → Metz")
        expect(history).to_contain_text(at.user.email)
        reader.look_around("edit-history")
        page.goto(change)
        reader.button("Undo").click()
        expect(reader.heading).to_have_text(
            reader.say("Undo: %(what)s", what=reader.say("Edit devices"))
        )
        expect(page.locator(".fw-figures")).to_contain_text(str(MANY), timeout=LONG)
    assert places(at) == {"Paris": MANY}
    assert not reader.problems, "\n".join(reader.problems)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_few_are_edited_and_deleted_at_once_with_a_way_back(
    site: Site, eye: Eye, look: Look
) -> None:
    at = desk(site, eye, look, "Few", devices=3)
    reader, page = at.reader, at.reader.page
    page.locator("tbody .fw-pick").first.check()
    do(reader, "Edit")
    reader.field("Location").fill("Metz")
    reader.button("Apply").click()
    edited = reader.say_many("%(n)s device edited", "%(n)s devices edited", 1, n=1)
    assert places(at) == {"Paris": 2, "Metz": 1}
    reader.toast(edited).get_by_role("button", name=reader.say("Undo")).click()
    expect(reader.toast(edited)).to_be_visible()
    assert places(at) == {"Paris": 3}
    page.locator("[data-pick-all]").check()
    do(reader, "Delete")
    delete = page.locator("[data-needs-code]")
    expect(delete).to_be_disabled()
    page.keyboard.type("nonsense")
    expect(delete).to_be_disabled()
    code = page.locator("[data-code]")
    expect(code).to_have_value("nonsense")
    code.fill(str(code.get_attribute("data-code")))
    reader.look_around("delete-code")
    delete.click()
    deleted = reader.say_many("%(n)s device deleted", "%(n)s devices deleted", 3, n=3)
    assert places(at) == {}
    reader.look_around("delete-done")
    reader.toast(deleted).get_by_role("button", name=reader.say("Undo")).click()
    restored = reader.say_many("%(n)s device restored", "%(n)s devices restored", 3, n=3)
    expect(reader.toast(restored)).to_be_visible()
    expect(reader.rows).to_have_count(3)
    assert not reader.problems, "\n".join(reader.problems)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_filtered_list_becomes_a_workbook(site: Site, eye: Eye, look: Look) -> None:
    at = desk(site, eye, look, "Listed", devices=3)
    reader, page = at.reader, at.reader.page
    add_devices(at.tenant.id, 2, location="Lyon")
    page.goto(f"{at.home}?where=location:is:Lyon&cols=name.location")
    expect(reader.rows).to_have_count(2)
    page.locator(".fw-table-tools").get_by_role("button", name=reader.say("Export Excel")).click()
    expect(page.locator("progress")).to_be_visible()
    reader.look_around("excel-begun")
    with worker_of(site):
        expect(reader.link("Download")).to_be_visible(timeout=LONG)
        reader.look_around("excel-made")
        page.locator(".fw-topbar a[href$='/notifications/']").first.click()
        reader.look_around("excel-told")
        page.go_back()
        with page.expect_download() as download:
            reader.link("Download").click()
    sheets = python_calamine.load_workbook(str(download.value.path()))
    head, *rows = sheets.get_sheet_by_index(0).to_python()
    assert head[:2] == [reader.say("Name"), reader.say("Location")]
    assert [row[1] for row in rows] == ["Lyon", "Lyon"]
    assert not reader.problems, "\n".join(reader.problems)
