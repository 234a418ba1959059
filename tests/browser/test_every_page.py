"""Every page with something on it: accessible, fitting, wide and narrow, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from playwright.sync_api import Page, expect

from fleetward.identity.models import User
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.contracts import Kind
from fleetward.notifications.models import Webhook
from fleetward.notifications.webhooks.actions import add_webhook
from fleetward.notifications.webhooks.actions.troubles import tell_of
from fleetward.notifications.webhooks.contracts import WebhookInput
from fleetward.tenancy.contracts import Role, TenantKind, TenantRow
from fleetward.warranty.actions.manual import enter_warranty
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.contracts import ManualWarranty
from tests.browser.lists import MODELS, serial
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.signing_in import sign_in
from tests.bulk import row_of, set_up
from tests.cast import PASSWORD, actor_of, add_devices, make_tenant, make_user
from tests.db.imports.lists import analysed, csv_of, imported
from tests.objects import Objects, invite
from tests.plugins.site import Site
from tests.races import wait_until
from tests.routes import address, table
from tests.worlds import make_world

pytestmark = pytest.mark.browser

HEADERS = ("S/N", "Make", "Model", "Hostname", "User")
# What a page needs in its address to show more than its empty self.
QUERIES = {"devices": "?status=EXPIRING&status=OUT&q=PC-"}
# Downloads and parts of pages.
NO_PAGES = {
    "arrival_devices",
    "budget_export",
    "bulk_progress",
    "bulk_summary",
    "device_drawer",
    "devices_export",
    "export_file",
    "export_progress",
    "find_tenants",
    "flaws_export",
    "import_download",
    "import_progress",
    "import_undo_left",
    "log_drawer",
    "logs_export",
    "notifications_bell",
    "operator_course_progress",
    "operator_course_rows",
    "operator_courses_sample",
    "operator_feed_progress",
    "operator_feed_rows",
    "operator_feeds_sample",
    "reconciliation_rows",
    "operator_support_file",
    "people_sample",
    "run_progress",
    "run_summary",
    "serials_progress",
    "serials_rows",
    "serials_sample",
    "support_file",
    "transfer_progress",
    "transfer_sample",
    "transfer_summary",
}


@dataclass(frozen=True)
class Home:
    """A tenant at work, its administrator, and where each of its pages is."""

    site: Site
    tenant: TenantRow
    admin: User
    pages: dict[str, str]

    def url(self, path: str) -> str:
        return f"{self.site.url}/t/{self.tenant.customer_id}/{path}"


@pytest.fixture(scope="module")
def home(quick_site: Site) -> Home:
    tenant = make_tenant("Acme Europe")
    admin = make_user("admin@acme.example", {tenant.id: Role.IT_ADMIN})
    make_user("reader@acme.example", {tenant.id: Role.REPORT_ADMIN})
    actor = actor_of(admin)
    rows: list[tuple[str, ...]] = [
        (serial(n), maker, model, f"PC-{n:04d}", f"Person {n}")
        for n, (maker, model) in enumerate(MODELS * 30)
    ]
    rows += [("None", "Dell"), ("VM-1", "VMware"), ("XX1", "Acer", "Aspire", "PC-ACER")]
    set_up(tenant.id)
    done = imported(actor, tenant.id, csv_of(rows, HEADERS))
    run = start_run(actor=actor, tenant=tenant.id, now=utc_now())
    log = partial(quick_site.log_of, "worker")
    wait_until(lambda: not row_of(tenant.id, run.id).state.is_open, log, seconds=60)
    objects = Objects(tenant, admin)
    objects.made |= {"runs": run.uid, "imports": str(done.summary.uid)}
    home = Home(quick_site, tenant, admin, {})
    for route in table():
        is_page = route.method == "GET" and not route.is_api and route.is_of_tenant
        if is_page and route.kind is TenantKind.CUSTOMER and route.name not in NO_PAGES:
            path = address(route, customer_id=tenant.customer_id, values=objects.values(route))
            home.pages[route.name] = quick_site.url + path + QUERIES.get(route.name, "")
    waiting = analysed(actor, tenant.id, csv_of([*rows, ("1E5", "HP")], HEADERS))
    home.pages["import_check"] = home.url(f"imports/{waiting.summary.uid}/")
    home.pages["devices_none"] = home.url("devices/?q=nothing-like-this")
    home.pages["devices_drawer"] = home.url(f"devices/?device={objects.made['devices']}")
    home.pages["logs_drawer"] = home.url(f"logs/?entry={objects.made['logs']}")
    home.pages["logs_none"] = home.url("logs/?q=nothing-like-this&when=7&level=ERROR")
    home.pages["support_none"] = home.url("account/support/?state=CLOSED")
    home.pages["devices_builder"] = home.url("devices/?adding=purchased_on")
    home.pages["devices_all"] = home.url("devices/")
    for name, since in (("webhook_failing", "given_up_at"), ("webhook_gone", "gone_at")):
        home.pages[name] = home.url(f"settings/webhooks/{in_trouble(tenant, actor, since)}/")
    home.pages["profile"] = f"{quick_site.url}/profile/"
    home.pages["security"] = f"{quick_site.url}/account/security/"
    home.pages["app_new"] = f"{quick_site.url}/account/security/app/"
    home.pages["confirm"] = f"{quick_site.url}/account/reauthenticate/"
    home.pages["not_found"] = home.url("nowhere/")
    enter_warranty(
        actor=actor,
        tenant=tenant.id,
        device_uid=objects.made["devices"],
        warranty=ManualWarranty("Spare parts"),
        now=utc_now(),
    )
    return home


def in_trouble(tenant: TenantRow, actor: Actor, since: str) -> UUID:
    """A webhook that its page says so of."""
    hook = WebhookInput("Tickets", "https://hooks.example.org/fleetward")
    uid = add_webhook(actor=actor, tenant=tenant.id, webhook=hook, now=utc_now()).webhook
    with tenant_scope([tenant.id]):
        found = Webhook.objects.filter(uid=uid)
        found.update(**{since: utc_now(), "is_enabled": since != "gone_at"})
        kind = Kind.WEBHOOK_GONE if since == "gone_at" else Kind.WEBHOOK_FAILED
        tell_of(found.get(), kind, utc_now())
    return uid


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_of_other_tenants_is_accessible_and_fits(
    home: Home, eye: Eye, look: Look
) -> None:
    """Those that customers do not have, in a tenant of each kind that has them."""
    problems = []
    for kind, objects in make_world(Objects(home.tenant, home.admin), "Initech").items():
        page = eye.page(look, home.site)
        sign_in(page, home.site, objects.user.email)
        for route in table():
            is_page = route.method == "GET" and not route.is_api and route.is_of_tenant
            is_page = is_page and route.name not in NO_PAGES
            if is_page and kind is not TenantKind.CUSTOMER and route.kind is kind:
                values = objects.values(route)
                where = address(route, customer_id=objects.tenant.customer_id, values=values)
                page.goto(home.site.url + where)
                problems += eye.problems(page, look, route.name)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_is_accessible_and_fits(home: Home, eye: Eye, look: Look) -> None:
    page = eye.page(look, home.site)
    sign_in(page, home.site, home.admin.email)
    problems = []
    for name, url in home.pages.items():
        page.goto(url)
        problems += eye.problems(page, look, name)
    assert not problems, "\n".join(problems)


@dataclass(frozen=True)
class Outside:
    """The pages outside a tenant, by who comes to them."""

    site: Site
    nobody: dict[str, str]
    newcomer: User
    guest: User
    of_guest: dict[str, str]


@pytest.fixture(scope="module")
def outside(quick_site: Site) -> Outside:
    """A newcomer has a password that somebody else knows; a guest has no tenant but is invited."""
    tenant = make_tenant("Acme Outside")
    newcomer = make_user("newcomer@acme.example", {tenant.id: Role.IT_ADMIN})
    newcomer.must_change_password = True
    newcomer.save()
    guest = make_user("guest@acme.example")
    forgetful = make_user("forgetful@acme.example", {tenant.id: Role.IT_ADMIN})
    link = f"{user_pk_to_url_str(forgetful)}-{default_token_generator.make_token(forgetful)}"
    account = f"{quick_site.url}/account"
    nobody = {
        "sign_in": f"{account}/login/",
        "reset": f"{account}/password/reset/",
        "reset_sent": f"{account}/password/reset/done/",
        "reset_link": f"{account}/password/reset/key/{link}/",
        "reset_link_bad": f"{account}/password/reset/key/{link}0/",
        "reset_done": f"{account}/password/reset/key/done/",
    }
    of_guest = {
        "no_tenant": f"{quick_site.url}/",
        "invitation": f"{quick_site.url}/invitations/{invite(tenant, guest)}/",
        "invitation_bad": f"{quick_site.url}/invitations/nobody-sent-this/",
        "profile_bare": f"{quick_site.url}/profile/",
        "password_change": f"{account}/password/change/",
        "reauthenticate": f"{account}/reauthenticate/?next=/profile/",
        "sign_out": f"{account}/logout/",
    }
    return Outside(quick_site, nobody, newcomer, guest, of_guest)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_outside_a_tenant_is_accessible_and_fits(
    outside: Outside, eye: Eye, look: Look
) -> None:
    """The same; and forms that were refused, since that is where people are stuck."""
    page = eye.page(look, outside.site)
    problems = []
    for name, url in outside.nobody.items():
        page.goto(url)
        assert page.locator("h1").count() == 1, name
        problems += eye.problems(page, look, name)
    page.goto(outside.nobody["sign_in"])
    page.locator("[name=login]").fill("nobody@acme.example")
    page.locator("[name=password]").fill("not the password")
    page.locator("[name=password]").press("Enter")
    expect(page.locator(".is-bad").first).to_be_visible()
    problems += eye.problems(page, look, "sign_in_refused")

    page = eye.page(look, outside.site)
    sign_in(page, outside.site, outside.newcomer.email, until="**/account/password/change/**")
    problems += eye.problems(page, look, "own_password_first")
    for field in page.locator("input[type=password]").all():
        field.fill("short")
    page.keyboard.press("Enter")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    problems += eye.problems(page, look, "own_password_refused")

    page = eye.page(look, outside.site)
    sign_in(page, outside.site, outside.guest.email, until=f"{outside.site.url}/")
    for name, url in outside.of_guest.items():
        page.goto(url)
        assert page.url == url, name
        problems += eye.problems(page, look, name)
    assert not problems, "\n".join(problems)


def test_the_keyboard_alone_is_enough(home: Home, page: Page) -> None:
    page.goto(home.site.url)
    while page.evaluate("document.activeElement.name") != "login":
        page.keyboard.press("Tab")
    page.keyboard.type(home.admin.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/t/**")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "fw-skip"
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.keyboard.type("PC-000")
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices/?q=PC-000")
    names = page.locator("table[data-keys] tbody td.is-main").all_inner_texts()
    assert len(names) == 10
    for key in "jjjk":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(names[1])
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(home.url(""))
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_the_keys_go_where_a_reader_looks(home: Home, page: Page) -> None:
    """Into the form of a dialog, which stands in the middle, and back to the row of a drawer."""
    focused = "document.activeElement.innerText || document.activeElement.name"
    sign_in(page, home.site, home.admin.email)
    page.goto(home.pages["users"])
    page.get_by_role("button", name="Add user").click()
    assert page.evaluate(focused) == "email"
    box = page.locator("#add-user").bounding_box()
    assert box is not None
    size = page.viewport_size
    assert size is not None
    assert abs(box["x"] + box["width"] / 2 - size["width"] / 2) < 20
    assert abs(box["y"] + box["height"] / 2 - size["height"] / 2) < 2
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "Add user"
    page.goto(home.pages["devices_all"])
    row = page.locator("table[data-drawer] tbody tr").nth(2)
    row.locator("td").nth(4).click()
    expect(page.locator("#drawer h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row.locator("td.is-main a")).to_be_focused()
    page.locator(".fw-topbar summary").press("Enter")
    page.locator(".fw-topbar .fw-menu-panel button").last.press("Tab")
    expect(page.locator("details.fw-menu[open]")).to_have_count(0)


def test_settings_users_and_the_tenants_day(home: Home, page: Page) -> None:
    sign_in(page, home.site, home.admin.email)
    page.goto(home.pages["users"])
    page.get_by_role("button", name="Add user").click()
    form = page.locator("#add-user")
    form.get_by_label("Email address").fill("new@acme.example")
    form.get_by_label("First password").fill(PASSWORD)
    form.get_by_role("button", name="Add user").click()
    expect(page.get_by_text("new@acme.example is now a user.")).to_be_visible()
    page.goto(home.pages["tenant_settings"])
    page.get_by_label("Expiring begins").fill("60")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()
    page.goto(home.url(""))
    expect(page.get_by_text("within 60 days")).to_be_visible()
    page.goto(home.pages["logs"])
    expect(page.get_by_text("tenant.settings_changed")).to_be_visible()


def test_a_device_is_added_edited_deleted_and_brought_back(home: Home, page: Page) -> None:
    sign_in(page, home.site, home.admin.email)
    page.goto(home.url("devices/add/"))
    page.get_by_label("Manufacturer").fill("hewlett-packard")
    page.get_by_label("Serial number").fill("5cg7654321")
    page.get_by_label("Name").fill("Reception")
    page.get_by_role("button", name="Add device").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reception")
    expect(page.get_by_text("5CG7654321").first).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name").fill("Front desk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Front desk")
    page.get_by_role("button", name="Delete").click()
    dialog = page.locator("#delete-device")
    code = dialog.locator("[data-code]").get_attribute("data-code") or ""
    expect(dialog.get_by_role("button", name="Delete device")).to_be_disabled()
    dialog.locator("[data-code]").fill(code.lower())
    dialog.get_by_role("button", name="Delete device").click()
    expect(page.get_by_text("Device deleted")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 device restored.")).to_be_visible()


def test_the_tenant_switcher_finds_a_tenant_among_many(quick_site: Site, page: Page) -> None:
    tenants = [make_tenant(f"Branch {name}") for name in ("Lyon", "Nice", "Lille", "Metz")]
    tenants += [make_tenant(f"Plant {name}") for name in ("Bonn", "Ulm", "Graz", "Bern")]
    graz = tenants[6]
    user = make_user(roles={tenant.id: Role.IT_ADMIN for tenant in tenants})
    add_devices(graz.id, 3)
    sign_in(page, quick_site, user.email)
    switcher = page.locator("details.fw-tenant")
    switcher.locator("summary").click()
    choices = switcher.get_by_role("list").get_by_role("link")
    expect(choices).to_have_count(8)
    page.get_by_label("Find a tenant").fill("graz")
    expect(choices).to_have_count(1)
    switcher.get_by_role("link", name="Plant Graz").click()
    page.wait_for_url(f"**/t/{graz.customer_id}/")
    expect(switcher.locator("summary")).to_contain_text("Plant Graz")
    page.get_by_role("link", name="Devices", exact=True).click()
    expect(page.locator("table[data-keys] tbody tr")).to_have_count(3)
