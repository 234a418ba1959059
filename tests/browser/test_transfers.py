"""A transfer in a real browser, with a worker (X1 to X13): sent, looked at, moved, read, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.queries import get_tenant_by_id
from tests.browser.looks import LOOKS, Eye, Look
from tests.browser.reader import Reader, reader_of
from tests.cast import Cast, add_devices, make_partners, make_tenant, manage
from tests.db.transfers.desk import file_of
from tests.plugins.site import Site

pytestmark = pytest.mark.browser
# Each language once: on a wide page in light, on a phone in dark colours.
SHOWN = (LOOKS[1], LOOKS[3])
SECONDS = 60_000


@pytest.fixture(scope="module")
def cast(live_site: Site) -> Cast:
    return make_partners()


def serials(tenant: TenantRow, count: int) -> list[str]:
    add_devices(tenant.id, count)
    with tenant_scope([tenant.id]):
        found = Device.objects.filter(tenant_id=tenant.id).order_by("id")
        return list(found.values_list("serial", flat=True))


def held_by(tenant: TenantRow) -> int:
    with tenant_scope([tenant.id]):
        return Device.objects.filter(tenant_id=tenant.id).count()


def upload(reader: Reader, source: TenantRow, file: Path) -> None:
    """Send the file from the page of a tenant, and wait for what it would do."""
    page = reader.page
    page.goto(f"{reader.site.url}/t/{source.customer_id}/devices/")
    reader.link("Transfer").click()
    expect(page.locator("main form strong")).to_have_text(source.name)
    reader.field("File of devices").set_input_files(file)
    reader.button("Upload and check").click()
    expect(reader.button("Discard")).to_be_visible(timeout=SECONDS)


def summary(reader: Reader) -> list[str]:
    """State Descriptions, which are the same in every language."""
    with reader.page.expect_download() as found:
        reader.page.locator("a[href$='summary.csv']").click()
    lines = Path(found.value.path()).read_text(encoding="utf-8-sig").splitlines()[1:]
    words = ("Asset successfully created", "Device not found", "Duplicate row")
    return [next(word for word in words if word in line) for line in lines]


@pytest.mark.parametrize("look", SHOWN, ids=str)
def test_a_partner_moves_devices_by_a_file_and_takes_it_back(
    live_site: Site, cast: Cast, eye: Eye, look: Look, tmp_path: Path
) -> None:
    source, target, other = places = [make_tenant(f"{n} {look}") for n in ("Acme", "Hooli", "Pied")]
    for one in places:
        manage(one, get_tenant_by_id(cast.acme.id))
    one, two = serials(source, 2)
    (elsewhere,) = serials(other, 1)
    named = [one, "ZZZ9999", two, one, elsewhere]
    file = tmp_path / "handed over.csv"
    file.write_bytes(file_of([(serial, target.customer_id) for serial in named]))
    partner = reader_of(cast.admin, live_site, look, eye)

    upload(partner, source, file)
    partner.look_around("transfer-check")
    assert (held_by(source), held_by(target)) == (2, 0)
    move = partner.say_many("Move %(count)s device", "Move %(count)s devices", 2, count=2)
    partner.page.get_by_role("button", name=move, exact=True).click()
    contact = partner.page.get_by_text(partner.say("What to correct"), exact=True)
    expect(contact).to_be_visible(timeout=SECONDS)
    partner.look_around("transfer-summary")
    good, missing, double = "Asset successfully created", "Device not found", "Duplicate row"
    assert summary(partner) == [good, missing, good, double, missing]
    assert (held_by(source), held_by(target), held_by(other)) == (0, 2, 1)

    partner.button("Undo this transfer").click()
    back = partner.say_many("Move %(count)s device back", "Move %(count)s devices back", 2, count=2)
    start = partner.page.get_by_role("button", name=back, exact=True)
    expect(start).to_be_visible(timeout=SECONDS)
    partner.look_around("transfer-undo")
    start.click()
    expect(partner.page.get_by_text(partner.say("Every device is back"))).to_be_visible(
        timeout=SECONDS
    )
    assert (held_by(source), held_by(target)) == (2, 0)

    # From the wrong page, which says where it has looked.
    with tenant_scope([other.id]):
        Device.objects.filter(tenant_id=other.id).update(is_active=False)
    upload(partner, other, file)
    way = partner.say("From %(source)s to %(target)s", source=other.name, target=target.name)
    expect(partner.page.get_by_role("heading", name=way)).to_be_visible()
    expect(partner.page.locator("main tbody").get_by_text(missing)).to_have_count(len(named))
    partner.look_around("transfer-wrong-page")
    # X6: State Descriptions are the same in every language.
    problems = [one for one in partner.problems if not one.endswith((": not found", double))]
    assert not problems, "\n".join(problems)
