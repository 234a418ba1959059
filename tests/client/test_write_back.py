"""The example script brings coverage from a live server into Snipe-IT and NetBox."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.client.conftest import Installed
from tests.client.inventories import NetBox, SnipeIt, served
from tests.plugins.server import ROOT

SCRIPT = ROOT / "examples" / "write_coverage_back.py"
ENDS = date(2099, 2, 28)
FIELD = {"Warranty end": "_snipeit_warranty_end_7"}


@dataclass(frozen=True)
class Run:
    status: int
    lines: list[str]
    problem: str

    def of(self, serial: str) -> list[str]:
        """What was told of a device, in single spaces."""
        return [" ".join(line.split()) for line in self.lines if f"  {serial} " in line]


@dataclass(frozen=True)
class Places:
    """A Fleetward with three covered devices, one unknown, two of one serial; two inventories."""

    installed: Installed
    snipe: SnipeIt
    netbox: NetBox
    environ: dict[str, str]

    def run(self, *arguments: str, **more: str) -> Run:
        done = self.installed.run(str(SCRIPT), *arguments, **(self.environ | more))
        return Run(done.returncode, done.stdout.splitlines(), done.stderr)


@pytest.fixture(scope="module")
def fleet(installed: Installed) -> Installed:
    from fleetward_client import answer, connect
    from fleetward_client.api.devices import create_device
    from fleetward_client.api.warranty import put_warranty
    from fleetward_client.models import DeviceIn, ManualIn

    with connect(installed.site.url, installed.token) as client:
        for serial in ("COVER01", "COVER02", "COVER03", "UNKNOWN1"):
            body = DeviceIn("Acme", serial, location="Lyon", purchased_on=date(2096, 2, 29))
            device = answer(create_device.sync(client=client, body=body))
            if serial != "UNKNOWN1":
                by_hand = ManualIn("Contract", date(2096, 3, 1), ENDS)
                answer(put_warranty.sync(device.id, client=client, body=by_hand))
        for number, location, ends in (("A", "Lyon", ENDS), ("B", "Rome", date(2098, 1, 1))):
            body = DeviceIn("Acme", "TWIN01", product_number=number, location=location)
            device = answer(create_device.sync(client=client, body=body))
            by_hand = ManualIn("Contract", date(2096, 3, 1), ends)
            answer(put_warranty.sync(device.id, client=client, body=by_hand))
    return installed


@pytest.fixture
def places(fleet: Installed) -> Iterator[Places]:
    snipe, netbox = SnipeIt("Bearer snipe-1"), NetBox("Token netbox-1")
    with served(snipe) as snipe_url, served(netbox) as netbox_url:
        environ = {
            "SNIPEIT_URL": snipe_url,
            "SNIPEIT_TOKEN": "snipe-1",
            "NETBOX_URL": f"{netbox_url}/",
            "NETBOX_TOKEN": "netbox-1",
        }
        yield Places(fleet, snipe, netbox, environ)


def fill(places: Places) -> None:
    """COVER01 everywhere, COVER02 twice in Snipe-IT, COVER03 nowhere."""
    places.snipe.add(serial="cover01", purchase_date="2096-03-01", warranty_months=12)
    places.snipe.add(serial="COVER02")
    places.snipe.add(serial="COVER02")
    places.netbox.add(serial="COVER01")
    places.netbox.add(serial="COVER02", values={"warranty_end": "2098-01-01"})


def test_without_write_it_shows_what_it_would_change_and_changes_nothing(places: Places) -> None:
    fill(places)
    ran = places.run()
    assert ran.status == 0
    assert ran.of("COVER01") == [
        "would set Snipe-IT COVER01 warranty_months: 12 -> 36",
        "would set NetBox COVER01 warranty_end: empty -> 2099-02-28",
    ]
    assert ran.lines[-1] == "Nothing was written. Give --write to change it."
    assert (places.snipe.changes, places.netbox.changes) == ([], [])


def test_with_write_it_changes_what_differs_and_says_what_it_left_alone(places: Places) -> None:
    fill(places)
    ran = places.run("--write")
    assert (ran.status, ran.problem) == (0, "")
    assert ran.of("COVER01")[0] == "set Snipe-IT COVER01 warranty_months: 12 -> 36"
    assert ran.of("COVER02") == [
        "skipped Snipe-IT COVER02 2 assets have this serial number",
        "set NetBox COVER02 warranty_end: 2098-01-01 -> 2099-02-28",
    ]
    assert ran.of("COVER03") == [
        "skipped Snipe-IT COVER03 no asset has this serial number",
        "skipped NetBox COVER03 no asset has this serial number",
    ]
    (unknown,) = ran.of("UNKNOWN1")
    assert unknown.startswith("skipped Fleetward UNKNOWN1 its coverage is unknown: ")
    assert ran.lines[-1] == "3 set, 6 skipped"
    assert places.snipe.changes == [(1, {"warranty_months": 36})]
    assert places.netbox.changes == [
        (1, {"custom_fields": {"warranty_end": "2099-02-28"}}),
        (2, {"custom_fields": {"warranty_end": "2099-02-28"}}),
    ]


def test_a_second_time_it_changes_nothing(places: Places) -> None:
    fill(places)
    places.run("--write")
    changes = [*places.snipe.changes, *places.netbox.changes]
    ran = places.run("--write")
    assert (ran.status, ran.lines[-1]) == (0, "3 same, 6 skipped")
    assert [*places.snipe.changes, *places.netbox.changes] == changes


def test_an_asset_without_a_date_of_purchase_gets_the_one_of_fleetward(places: Places) -> None:
    places.snipe.add(serial="COVER01")
    ran = places.run("--write", NETBOX_URL="")
    assert ran.of("COVER01") == [
        "set Snipe-IT COVER01 purchase_date: empty -> 2096-02-29, warranty_months: empty -> 36"
    ]
    assert places.snipe.changes == [(1, {"purchase_date": "2096-02-29", "warranty_months": 36})]


@pytest.mark.parametrize("bought", ["2099-02-15", "2001-01-01"])
def test_months_that_snipe_it_cannot_store_are_left_alone(places: Places, bought: str) -> None:
    places.snipe.add(serial="COVER01", purchase_date=bought)
    (told,) = places.run("--write", NETBOX_URL="").of("COVER01")
    assert told.endswith(f"months from {bought} to 2099-02-28 cannot be stored")
    assert places.snipe.changes == []


def test_a_custom_field_of_snipe_it_gets_the_day_itself(places: Places) -> None:
    places.snipe.add(serial="COVER01", fields=FIELD, values={})
    places.snipe.add(serial="COVER02")
    field = ("--write", "--snipeit-field", "Warranty end")
    ran = places.run(*field, NETBOX_URL="")
    assert ran.of("COVER01") == ["set Snipe-IT COVER01 Warranty end: empty -> 2099-02-28"]
    assert ran.of("COVER02") == [
        "skipped Snipe-IT COVER02 its model has no custom field 'Warranty end'"
    ]
    assert places.snipe.changes == [(1, {FIELD["Warranty end"]: "2099-02-28"})]
    assert places.run(*field, NETBOX_URL="").of("COVER01") == []


def test_a_change_that_is_refused_stops_no_other_and_ends_with_status_1(places: Places) -> None:
    fill(places)
    places.snipe.locked.add("cover01")
    places.netbox.locked.add("COVER01")
    ran = places.run("--write")
    assert ran.status == 1
    snipe, netbox = ran.of("COVER01")
    assert snipe.startswith("failed Snipe-IT COVER01")
    assert "The model id field is required." in snipe
    assert "This field is required." in netbox
    assert [number for number, _ in places.netbox.changes] == [2]
    assert ran.lines[-1] == "2 failed, 1 set, 6 skipped"


@pytest.mark.parametrize("retry_after", ["0", "Wed, 21 Oct 2015 07:28:00 GMT", "-1"])
def test_it_waits_where_it_asks_too_often(places: Places, retry_after: str) -> None:
    fill(places)
    places.snipe.retry_after = places.netbox.retry_after = retry_after
    places.snipe.too_many = places.netbox.too_many = 2
    assert places.run("--write").lines[-1] == "3 set, 6 skipped"


@pytest.mark.parametrize(
    ("where", "number"), [((), 2), (("--where", "location:is:Rome"), 1)], ids=["all", "one"]
)
def test_devices_with_one_serial_number_are_left_alone(
    places: Places, where: tuple[str, ...], number: int
) -> None:
    """Also where only one of them is asked for: the asset may be the other one."""
    places.netbox.add(serial="twin01")
    ran = places.run("--write", *where, SNIPEIT_URL="")
    told = "skipped Fleetward TWIN01 2 devices of Fleetward have this serial number"
    assert ran.of("TWIN01") == [told] * number
    assert places.netbox.changes == []


def test_it_takes_the_devices_that_fit(places: Places) -> None:
    assert places.run("--where", "serial:is:COVER03").lines[-1] == "2 skipped"
    assert places.run("--where", "location:is:Paris").lines == ["no devices"]


def test_newer_tokens_of_netbox_are_sent_as_they_want_to_be(places: Places) -> None:
    places.netbox.authorization = "Bearer nbt_4.abc"
    places.netbox.add(serial="COVER01")
    ran = places.run("--write", SNIPEIT_URL="", NETBOX_TOKEN="nbt_4.abc")
    assert ran.of("COVER01") == ["set NetBox COVER01 warranty_end: empty -> 2099-02-28"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"SNIPEIT_TOKEN": "old"}, 'answered 401: {"error": "Unauthenticated."}'),
        ({"NETBOX_TOKEN": "old"}, 'answered 403: {"detail": "Invalid token"}'),
        ({"SNIPEIT_TOKEN": ""}, "SNIPEIT_TOKEN is not set"),
        ({"SNIPEIT_URL": "", "NETBOX_URL": ""}, "neither SNIPEIT_URL nor NETBOX_URL is set"),
        ({"SNIPEIT_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
        ({"FLEET_TOKEN": "old"}, "This needs a valid personal access token."),
        ({"FLEET_URL": "http://127.0.0.1:9"}, "refused"),
    ],
)
def test_it_says_why_it_cannot_go_on(places: Places, more: dict[str, str], problem: str) -> None:
    fill(places)
    ran = places.run("--write", **more)
    assert ran.status == 1
    assert ran.problem.startswith("Stopped: ")
    assert problem in ran.problem
    assert "Traceback" not in ran.problem


def test_a_field_that_netbox_does_not_have_stops_it(places: Places) -> None:
    fill(places)
    ran = places.run("--write", "--netbox-field", "end_of_warranty", SNIPEIT_URL="")
    assert ran.status == 1
    assert "NetBox has no custom field 'end_of_warranty' of devices" in ran.problem
    assert places.netbox.changes == []


def test_it_is_typed(installed: Installed) -> None:
    assert installed.type_check(SCRIPT) == "Success: no issues found in 1 source file\n"


@pytest.fixture
def script(installed: Installed) -> Iterator[Any]:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("write_coverage_back", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def device(installed: Installed, **warranty: object) -> Any:
    """The device that the document shows, with another warranty."""
    from fleetward_client.models import DeviceOut

    path = Path(installed.folder.parent / "openapi.json")
    schemas = json.loads(path.read_text(encoding="utf-8"))["components"]["schemas"]
    (example,) = schemas["DeviceOut"]["examples"]
    return DeviceOut.from_dict(example | {"warranty": example["warranty"] | warranty})


def test_simulated_coverage_is_written_only_when_asked_for(
    installed: Installed, script: Any
) -> None:
    played = device(installed, status="IN", ends_on="2099-02-28", is_simulated=True)
    with pytest.raises(script.Skipped, match="a simulator answered, no vendor"):
        script.coverage_of(played, has_simulated=False)
    assert script.coverage_of(played, has_simulated=True).ends_on == ENDS


def test_a_subscription_without_an_end_is_not_written(installed: Installed, script: Any) -> None:
    rolling = device(installed, status="IN", ends_on=None, is_rolling=True, is_simulated=False)
    with pytest.raises(script.Skipped, match="without an end"):
        script.coverage_of(rolling, has_simulated=False)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2023, 1, 15), date(2026, 1, 15), 36),
        (date(2023, 1, 15), date(2026, 1, 14), 35),
        (date(2023, 1, 31), date(2023, 3, 1), 1),
        (date(2026, 5, 1), date(2026, 4, 1), -1),
    ],
)
def test_months_are_whole_ones(script: Any, start: date, end: date, months: int) -> None:
    assert script.whole_months(start, end) == months
