"""Bulk processing in the browser's words: start once, watch, cancel, download (W6, W7)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import stop_run
from fleetward.warranty.contracts import Reason
from fleetward.warranty.models import Batch, Run
from fleetward.warranty.texts import REASON_TEXTS
from tests.bulk import begin, make_known, process, set_up
from tests.cast import NOW, Cast, actor_of, add_devices, make_cast
from tests.simulators import Simulators
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    add_devices(made.acme.id, 3)
    return made


def runs(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/warranty/runs/"


def test_w7_a_second_press_opens_the_run_under_way(cast: Cast) -> None:
    client = signed_in(cast.device_admin)
    first = client.post(runs(cast) + "start/")["Location"]
    assert client.post(runs(cast) + "start/")["Location"] == first
    page = client.get(first).content.decode()
    assert "Planning" in page
    assert 'hx-get="' in page
    assert client.get(runs(cast)).content.decode().count("data-href") == 1


def test_w7_the_schedule_stands_on_the_first_page_only(cast: Cast) -> None:
    client = signed_in(cast.admin)
    words = "No device is due for another look in the night of"
    assert words in client.get(runs(cast)).content.decode()
    assert words not in client.get(runs(cast), {"after": "9"}).content.decode()


def test_w7_a_run_that_could_not_go_on_says_why_and_what_to_do(cast: Cast) -> None:
    actor = actor_of(cast.admin)
    place = signed_in(cast.admin).post(runs(cast) + "start/")["Location"]
    with tenant_scope([cast.acme.id]):
        run = Run.objects.get().id
    ended = {"run_id": run, "problem": "selection_gone", "now": utc_now()}
    stop_run(actor=actor, tenant=cast.acme.id, **ended)
    page = signed_in(cast.reader).get(place).content.decode()
    assert "This selection is not kept any more." in page
    assert "Select the devices again" in page


def test_w7_a_report_admin_watches_and_does_not_start(cast: Cast) -> None:
    place = signed_in(cast.device_admin).post(runs(cast) + "start/")["Location"]
    reader = signed_in(cast.reader)
    assert reader.get(place).status_code == 200
    assert reader.post(runs(cast) + "start/").status_code == 403
    assert reader.post(place + "cancel/").status_code == 403


def test_a_cancelled_run_stops_asking_for_news_and_has_its_summary(cast: Cast) -> None:
    client = signed_in(cast.device_admin)
    place = client.post(runs(cast) + "start/")["Location"]
    assert client.post(place + "cancel/").status_code == 302
    assert "Cancelled" in client.get(place).content.decode()
    assert client.get(place + "progress/")["HX-Refresh"] == "true"
    summary = client.get(place + "summary.csv").getvalue()
    header, *_rows = csv.reader(io.StringIO(summary.decode("utf-8-sig")))
    assert header[:2] == ["Manufacturer", "Serial number"]


def test_a_run_of_another_tenant_is_not_found(cast: Cast) -> None:
    place = signed_in(cast.device_admin).post(runs(cast) + "start/")["Location"]
    uid = place.rstrip("/").rsplit("/", 1)[1]
    outsider = signed_in(cast.outsider)
    assert outsider.get(place).status_code == 404
    own = f"/t/{cast.other.customer_id}/warranty/runs/{uid}/"
    assert [outsider.get(own + tail).status_code for tail in ("", "progress/", "summary.csv")] == [
        404,
        404,
        404,
    ]


def test_w12_the_dashboard_starts_it_and_lists_what_ends_next(cast: Cast) -> None:
    address = f"/t/{cast.acme.customer_id}/"
    assert (
        f'action="{runs(cast)}start/"' in signed_in(cast.device_admin).get(address).content.decode()
    )
    assert "start/" not in signed_in(cast.reader).get(address).content.decode()


def test_w20_what_a_simulator_answered_is_marked_wherever_it_is_told(
    cast: Cast, vendors: Simulators
) -> None:
    set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 1, "Lenovo")
    run = process(actor_of(cast.admin), cast.acme.id)
    client = signed_in(cast.admin)
    page = client.get(f"{runs(cast)}{run.uid}/").content.decode()
    assert page.count('class="fw-simulated"') == 1
    assert "Some answers come from a simulator" in page
    lines = client.get(f"{runs(cast)}{run.uid}/summary.csv").getvalue()
    marks = {
        row["External service"]: row["Simulated"]
        for row in csv.DictReader(io.StringIO(lines.decode("utf-8-sig")))
    }
    assert marks == {"Dell TechDirect": "Simulated", "Lenovo Support API": ""}
    told = client.get(f"/t/{cast.acme.customer_id}/notifications/").content.decode()
    assert "(answered by a simulator: 3)" in told


def test_a_run_without_a_simulators_answer_says_nothing_of_one(cast: Cast) -> None:
    run = process(actor_of(cast.admin), cast.acme.id)
    page = signed_in(cast.admin).get(f"{runs(cast)}{run.uid}/").content.decode()
    assert "imulat" not in page


def fix_of(reason: Reason) -> str:
    return str(REASON_TEXTS[reason].fix)


def test_w7_a_page_of_a_run_tells_rate_failures_by_reason_and_what_to_do(
    cast: Cast, vendors: Simulators
) -> None:
    """Dell cannot answer for one device, and nobody is asked about the one of Lenovo."""
    tenant = cast.acme.id
    actor = set_up(tenant, "dell")
    with tenant_scope([tenant]):
        devices = list(Device.objects.values_list("id", flat=True))
        make_known(tenant, devices, "dell")
        spoilt = Device.objects.get(id=devices[0]).serial
    add_devices(tenant, 1, "Lenovo")
    vendors.dial("dell", poison_serial=spoilt)
    run = process(actor, tenant)
    with tenant_scope([tenant]):
        Run.objects.update(started_at=NOW, finished_at=NOW + timedelta(minutes=2))
    shown = text_of(signed_in(cast.reader).get(f"{runs(cast)}{run.uid}/"))
    assert "4 of 4 (100%) 2 devices a minute Found 2 Not found 0 Failed 1 Not asked 1" in shown
    assert "Dell TechDirect Simulated 3 3 2 0 1 0" in shown
    assert "Lenovo Support API 1 1 0 0 0 1" in shown
    # The heading, then the table with its name and its headings.
    reasons = shown.rpartition("Devices without an answer")[2]
    assert f"Answer unreadable Dell TechDirect 1 {fix_of(Reason.ANSWER_UNREADABLE)}" in reasons
    needed = f"External service not set up Lenovo Support API 1 {fix_of(Reason.NOT_CONFIGURED)}"
    assert needed in reasons


def test_w7_a_page_of_an_open_run_tells_the_time_left(cast: Cast, vendors: Simulators) -> None:
    """Begun so long ago that a slow test makes no difference."""
    tenant = cast.acme.id
    actor = set_up(tenant, "dell")
    add_devices(tenant, 1, "Lenovo")
    run = begin(actor, tenant)
    with tenant_scope([tenant]):
        Run.objects.update(started_at=utc_now() - timedelta(hours=1))
        Batch.objects.filter(provider="dell").update(tally={"FOUND": 1})
    address = f"{runs(cast)}{run.uid}/"
    for page in (address, f"{address}progress/"):
        shown = text_of(signed_in(cast.reader).get(page))
        assert "2 of 4 (50%) 1 device an hour, about 2 hours left" in shown
