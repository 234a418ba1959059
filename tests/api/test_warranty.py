"""The warranty of devices over HTTP: lines, coverage on any day, by hand, runs, export."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind
from fleetward.warranty.models import Batch, Run
from tests.api.conftest import Program
from tests.api.test_errors import problem
from tests.bulk import begin, finish, make_known, process, set_up
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.simulators import Simulators

MANUAL = {"name": "Contract", "starts_on": "2024-01-01", "ends_on": "2025-12-31", "number": "C-1"}


@pytest.fixture
def device(cast: Cast, device_admin: Program) -> str:
    add_devices(cast.acme.id, 1)
    return f"/devices/{device_admin.get('/devices').json()['items'][0]['id']}"


def entered(program: Program, device: str, **more: object) -> dict[str, Any]:
    answer = program.send("PUT", f"{device}/warranty", MANUAL | more)
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_w17_hand_entered_warranty_wins_until_it_is_released(
    device_admin: Program, device: str
) -> None:
    shown = entered(device_admin, device, ends_on="2099-01-01")
    assert (shown["warranty"]["status"], shown["warranty"]["source"]) == ("IN", "manual")
    lines = device_admin.get(f"{device}/entitlements").json()["items"]
    assert [(e["name"], e["use"], e["source"]) for e in lines] == [("Contract", "COUNTS", "manual")]
    for _ in range(2):
        assert device_admin.send("DELETE", f"{device}/warranty").status_code == 204
    assert device_admin.get(device).json()["warranty"]["status"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("day", "is_covered"),
    [
        ("2023-12-31", False),
        ("2024-01-01", True),
        ("2024-03-03", True),
        ("2025-12-31", True),
        ("2026-01-01", False),
    ],
)
def test_w18_coverage_can_be_asked_of_any_day(
    device_admin: Program, device: str, day: str, is_covered: bool
) -> None:
    entered(device_admin, device)
    answer = device_admin.get(f"{device}/coverage?as_of={day}").json()
    assert (answer["on"], answer["is_covered"]) == (day, is_covered)
    assert answer["ends_on"] == "2025-12-31"


def test_w19_a_warranty_without_end_is_rolling(device_admin: Program, device: str) -> None:
    warranty = entered(device_admin, device, ends_on=None)["warranty"]
    assert (warranty["status"], warranty["ends_on"], warranty["is_rolling"]) == ("IN", None, True)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, "warranty_name_missing"),
        ({"ends_on": "2023-12-31"}, "warranty_ends_before_start"),
        ({"ends_on": "soon"}, "invalid_request"),
        ({"covered": True}, "invalid_request"),
        ({"name": None}, "invalid_request"),
        ({"name": "n" * 301}, "invalid_request"),
    ],
)
def test_warranties_that_cannot_count_are_refused(
    device_admin: Program, device: str, more: dict[str, object], code: str
) -> None:
    problem(device_admin.send("PUT", f"{device}/warranty", MANUAL | more), 422, code)


@pytest.mark.parametrize("day", ["", "now", "2026-02-30", "1700000000", "20260303"])
def test_days_that_are_none_are_refused(device_admin: Program, device: str, day: str) -> None:
    problem(device_admin.get(f"{device}/coverage?as_of={day}"), 422, "invalid_request")


def test_w7_one_run_at_a_time(cast: Cast, device_admin: Program, device: str) -> None:
    first = device_admin.post("/warranty-runs")
    assert first.status_code == 202
    assert device_admin.post("/warranty-runs").json()["id"] == first.json()["id"]
    assert first["Location"] == f"/api/v1/warranty-runs/{first.json()['id']}"
    with tenant_scope([cast.acme.id]):
        assert Run.objects.count() == 1
    assert [r["id"] for r in device_admin.get("/warranty-runs").json()["items"]] == [
        first.json()["id"]
    ]


def test_a_run_is_cancelled_once(device_admin: Program, device: str) -> None:
    address = f"/warranty-runs/{device_admin.post('/warranty-runs').json()['id']}"
    assert device_admin.get(address).json()["is_open"] is True
    assert device_admin.post(f"{address}/cancel").json()["state"] == "CANCELLED"
    problem(device_admin.post(f"{address}/cancel"), 409, "run_over")


def test_refreshing_without_a_connection_ends_at_once_with_the_reason(
    device_admin: Program, device: str
) -> None:
    answer = device_admin.post(f"{device}/refresh")
    run = device_admin.get(answer["Location"]).json()
    assert (run["trigger"], run["is_open"], run["devices"]) == ("DEVICE", False, 1)
    assert [p["skipped"] for p in run["providers"]] == [{"NOT_CONFIGURED": 1}]
    file = device_admin.get(f"{answer['Location']}/outcomes.csv").getvalue().decode("utf-8-sig")
    assert file.splitlines()[0] == "manufacturer,serial,name,provider,outcome,simulated"
    assert file.splitlines()[1].endswith(",NOT_CONFIGURED,")


def test_w7_a_run_tells_its_pace_and_failures_by_reason(
    cast: Cast, device_admin: Program, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 3, "Dell")
    make_known(cast.acme.id, devices, "dell")
    add_devices(cast.acme.id, 2, "Lenovo")
    with tenant_scope([cast.acme.id]):
        vendors.dial("dell", poison_serial=Device.objects.get(id=devices[0]).serial)
    run = begin(actor, cast.acme.id)
    address = f"/warranty-runs/{run.uid}"
    with tenant_scope([cast.acme.id]):
        # So long ago that a slow test makes no difference.
        Run.objects.update(started_at=utc_now() - timedelta(hours=100))
        Batch.objects.filter(provider="dell").update(tally={"FOUND": 1})
    shown = device_admin.get(address).json()
    assert shown["devices_per_minute"] == pytest.approx(1 / 100 / 60, abs=0.06)
    assert shown["seconds_left"] == pytest.approx(200 * 3_600, rel=0.01)
    assert [one["waiting"] for one in shown["providers"]] == [2, 0]
    finish(cast.acme.id, run)
    with tenant_scope([cast.acme.id]):
        Run.objects.update(started_at=NOW, finished_at=NOW + timedelta(minutes=2))
    shown = device_admin.get(address).json()
    assert (shown["devices_per_minute"], shown["seconds_left"]) == (1.5, None)
    dell, lenovo = shown["providers"]
    assert (dell["found"], dell["failed"], dell["skipped"]) == (2, {"ANSWER_UNREADABLE": 1}, {})
    assert (lenovo["failed"], lenovo["skipped"]) == ({}, {"NOT_CONFIGURED": 2})


def test_w20_a_run_tells_what_a_simulator_answered(
    cast: Cast, device_admin: Program, vendors: Simulators
) -> None:
    set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 2, "Dell")
    add_devices(cast.acme.id, 1, "Lenovo")
    run = process(actor_of(cast.admin), cast.acme.id)
    dell, lenovo = device_admin.get(f"/warranty-runs/{run.uid}").json()["providers"]
    assert (dell["simulated"], lenovo["simulated"]) == (2, 0)
    file = device_admin.get(f"/warranty-runs/{run.uid}/outcomes.csv").getvalue()
    marks = [row["simulated"] for row in csv.DictReader(io.StringIO(file.decode("utf-8-sig")))]
    assert sorted(marks) == ["", "true", "true"]


def test_dashboard_counts_what_the_list_lists(device_admin: Program, device: str) -> None:
    entered(device_admin, device, ends_on="2099-01-01")
    figures = device_admin.get("/dashboard?status=IN").json()
    listed = device_admin.get("/devices?status=IN").json()["items"]
    assert figures["by_status"]["IN"] == len(listed) == 1
    problem(device_admin.get("/dashboard?status=GONE"), 422, "invalid_request")


def test_export_holds_the_rows_of_the_list_in_its_order(cast: Cast, device_admin: Program) -> None:
    add_devices(cast.acme.id, 3, "Dell", model="=1+1")
    add_devices(cast.acme.id, 2, "Lenovo")
    query = "?manufacturer=Dell&sort=-serial"
    answer = device_admin.get(f"/devices.csv{query}")
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    listed = [row["serial"] for row in device_admin.get(f"/devices{query}").json()["items"]]
    assert [line.split(",")[0] for line in lines[1:]] == listed
    assert lines[0].startswith("serial,manufacturer,")
    assert ",'=1+1," in lines[1]
    assert answer["Content-Disposition"] == 'attachment; filename="devices.csv"'
    problem(device_admin.get("/devices.csv?limit=5"), 422, "invalid_request")


def test_notifications_are_read_once(cast: Cast, admin: Program) -> None:
    with tenant_scope([cast.acme.id]):
        for number in range(3):
            post(
                tenant=cast.acme.id,
                users=[cast.admin.id, cast.reader.id],
                kind=Kind.RUN_DONE,
                key=str(number),
                params={"devices": number},
                now=utc_now(),
            )
    page = admin.get("/notifications?limit=2").json()
    assert [n["params"]["devices"] for n in page["items"]] == [2, 1]
    rest = admin.get(f"/notifications?limit=2&cursor={page['next']}").json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    one = {"ids": [page["items"][0]["id"]]}
    assert [admin.post("/notifications/read", one).json()["marked"] for _ in range(2)] == [1, 0]
    assert admin.post("/notifications/read", {}).json()["marked"] == 2
    assert all(n["is_read"] for n in admin.get("/notifications").json()["items"])


def test_nobody_reads_the_notifications_of_another(
    cast: Cast, admin: Program, reader: Program
) -> None:
    test_notifications_are_read_once(cast, admin)
    assert [n["is_read"] for n in reader.get("/notifications").json()["items"]] == [False] * 3
