"""Groups narrow the pages about devices, and each number still opens its devices (E13, W12)."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from fleetward.audit.models import Entry
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.models import Coverage
from tests.api.conftest import program_of
from tests.bulk import set_up
from tests.cast import Cast, add_devices
from tests.db.devices.fleet import dynamic_group_of
from tests.web.budget.test_flaws import add_line
from tests.web.reading import signed_in, text_of
from tests.web.reminders.test_calendar import in_list, lists

pytestmark = pytest.mark.django_db
PAGES = (
    "warranty/budget/",
    "warranty/gaps/",
    "warranty/reminders/",
    "warranty/reminders/calendar/",
    "warranty/health/",
)


@pytest.fixture
def groups(cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Two devices of five in Paris, each with a gap to come, and nobody in Lyon."""
    tenant, today, day = cast.acme.id, utc_now().date(), timedelta(days=1)
    devices = add_devices(tenant, 2, location="Paris", purchased_on=today - 2000 * day)
    devices += add_devices(tenant, 3, purchased_on=today - 2000 * day)
    set_up(tenant, "dell")
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id__in=devices).update(ends_on=today + 100 * day, reason="")
    for device in devices:
        for number, first in enumerate((today - 9 * day, today + 9 * day)):
            add_line(tenant, device, first, first + 5 * day, number=str(number))
    return (
        dynamic_group_of(tenant, "In Paris", "where=location%3Ais%3AParis"),
        dynamic_group_of(tenant, "In Lyon", "where=location%3Ais%3ALyon"),
    )


def url(cast: Cast, path: str) -> str:
    return f"/t/{cast.acme.customer_id}/{path}"


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.admin)


def test_e13_the_budget_of_a_group(
    cast: Cast, client: Client, groups: tuple[uuid.UUID, ...]
) -> None:
    page = client.get(url(cast, f"warranty/budget/?years=4&group={groups[0]}")).content.decode()
    behind = lists(page)
    assert (2, True) in {(number, f"group={groups[0]}" in href) for number, href in behind}
    for number, href in behind:
        assert in_list(client, href) == number, href
    assert f"?years=4&amp;group={groups[0]}" in page
    assert f'type="hidden" name="group" value="{groups[0]}"' in page
    file = client.get(url(cast, f"warranty/budget/export.csv?group={groups[1]}"))
    assert len(b"".join(file.streaming_content).splitlines()) == 1


def test_e13_costs_are_saved_and_the_group_stays(
    cast: Cast, client: Client, groups: tuple[uuid.UUID, ...]
) -> None:
    answer = client.post(
        url(cast, f"warranty/budget/costs/?years=4&group={groups[0]}"),
        {"default": "900", "default_was": ""},
    )
    assert answer["Location"].endswith(f"?years=4&group={groups[0]}")


def test_e13_gaps_of_a_group_on_all_pages_and_in_the_file(
    cast: Cast, client: Client, groups: tuple[uuid.UUID, ...]
) -> None:
    page = client.get(url(cast, f"warranty/gaps/?group={groups[0]}"))
    assert "2 devices, 24 days without cover" in text_of(page)
    hrefs = re.findall(r'href="([^"]*warranty/gaps/[^"]*)"', page.content.decode())
    own = [href for href in hrefs if "kind=" in href or "quarter=" in href]
    assert own
    assert all(f"group={groups[0]}" in href for href in own)
    none = text_of(client.get(url(cast, f"warranty/gaps/?group={groups[1]}")))
    assert "No device loses its cover" in none
    assert "Group: In Lyon" in none
    file = client.get(url(cast, f"warranty/gaps/export.csv?group={groups[0]}"))
    assert len(b"".join(file.streaming_content).splitlines()) == 3
    with tenant_scope([cast.acme.id]):
        told = Entry.objects.filter(verb="device.exported").order_by("-id")[0].details
    assert told["filter"] == {"kind": "GAP_AHEAD", "groups": [str(groups[0])]}


def test_e13_the_calendar_of_a_group(
    cast: Cast, client: Client, groups: tuple[uuid.UUID, ...]
) -> None:
    path = url(cast, "warranty/reminders/calendar/")
    page = client.get(f"{path}?group={groups[0]}").content.decode()
    behind = lists(page)
    assert {number for number, _ in behind} == {2}
    for number, href in behind:
        assert in_list(client, href) == number, href
    months = re.findall(r'href="[^"]*month=[^"]*"', page)
    assert months
    assert all(f"group={groups[0]}" in href for href in months)
    assert lists(client.get(f"{path}?group={groups[1]}").content.decode()) == set()


def test_e13_how_vendors_do_for_a_group(
    cast: Cast, client: Client, groups: tuple[uuid.UUID, ...]
) -> None:
    path = url(cast, "warranty/health/")
    whole = text_of(client.get(path))
    page = client.get(f"{path}?group={groups[0]}")
    behind = lists(page.content.decode())
    assert {number for number, _ in behind} == {0, 2}
    assert all(f"group={groups[0]}" in href for _, href in behind)
    for number, href in behind:
        assert in_list(client, href) == number, href
    # Figures of earlier days are kept of all devices: there is nothing to compare a group with.
    assert "known after a week" in whole
    assert "known after a week" not in text_of(page)
    assert "those of the whole tenant" in text_of(page)
    assert "those of the whole tenant" not in whole
    none = text_of(client.get(f"{path}?group={groups[1]}"))
    assert "No device of this vendor is in these groups." in none
    assert "Calls today" in none


@pytest.mark.parametrize("path", PAGES)
def test_e13_the_filter_has_a_chip_and_keeps_the_rest(
    cast: Cast, client: Client, groups: tuple[uuid.UUID, ...], path: str
) -> None:
    one, other = groups
    gone = uuid.UUID(int=7)
    query = f"group={one}&group={other}&group={gone}&group=nonsense"
    page = client.get(f"{url(cast, path)}?{query}")
    told = text_of(page)
    for name in ("In Paris", "In Lyon", "Deleted group"):
        assert f"Group: {name}" in told
    assert f"group={other}&amp;group={gone}" in page.content.decode()
    assert "Clear all" in told


@pytest.mark.parametrize("path", PAGES)
def test_without_groups_there_is_no_filter(cast: Cast, client: Client, path: str) -> None:
    assert 'class="fw-filters"' not in client.get(url(cast, path)).content.decode()


def test_e13_c6_programs_ask_for_groups_as_well(cast: Cast, groups: tuple[uuid.UUID, ...]) -> None:
    reader = program_of(cast.reader, cast.acme)
    of = f"group={groups[0]}"
    assert len(reader.get(f"/warranty-gaps?{of}").json()["items"]) == 2
    [ahead, *_] = reader.get(f"/warranty-gaps/summary?{of}").json()["counts"]
    assert ahead["devices"] == 2
    assert sum(one["devices"] for one in reader.get(f"/budget?{of}").json()["periods"]) == 2
    months = reader.get(f"/warranty-reminders/forecast?{of}").json()["months"]
    assert {month["devices"] for month in months} == {0, 2}
    first = next(month["first"] for month in months if month["devices"])
    days = reader.get(f"/warranty-reminders/forecast/days?month={first}&{of}").json()["days"]
    assert {day["devices"] for day in days} == {0, 2}
    assert reader.get(f"/warranty-reminders?{of}").json()["items"] == []
    [dell] = program_of(cast.admin, cast.acme).get(f"/vendor-health?{of}").json()["services"]
    assert (dell["devices"], dell["earlier"]) == (2, None)
    for path in ("/warranty-gaps", "/budget", "/warranty-reminders"):
        assert reader.get(f"{path}?group=nonsense").status_code == 422
