"""Write the end of coverage that Fleetward knows into Snipe-IT and NetBox.

    export FLEET_URL=https://fleet.example.org FLEET_TOKEN=...
    export SNIPEIT_URL=https://snipe.example.org SNIPEIT_TOKEN=...
    export NETBOX_URL=https://netbox.example.org NETBOX_TOKEN=...
    python write_coverage_back.py            # shows what it would change
    python write_coverage_back.py --write    # changes it

It needs the package fleetward-client. Either of the two inventories may be left out. Only what
differs is written, only to the one asset that has the serial number, and never an unknown or a
simulated coverage, nor one of several devices with the same serial number. It ends with status 1
when something could not be read or written.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from fleetward_client import Refused, UnexpectedStatus, connect, pages
from fleetward_client.api.devices import list_devices
from fleetward_client.models import DeviceOut, Status
from fleetward_client.types import UNSET

Json = dict[str, Any]
LONGEST_MONTHS = 240  # as Snipe-IT has it
TRIES = 5
TIMEOUT_SECONDS = 60.0
TOO_MANY = 429
# How an inventory refuses one change, and goes on with others.
REFUSALS = {400, 403, 404}


class Skipped(Exception):
    """Nothing is written for this device; the text says why."""


class Failed(Exception):
    """The inventory did not take this change; the text says why."""


class Stopped(Exception):
    """The inventory cannot be worked with at all; the text says why."""


@dataclass(frozen=True)
class Coverage:
    """What is to be written of one device."""

    serial: str
    counts_from: date | None
    ends_on: date


@dataclass(frozen=True)
class Change:
    """What is to be sent to which address, and that in words."""

    path: str
    body: Json
    words: str


class Inventory(Protocol):
    """Where coverage is written to."""

    name: str

    def change(self, coverage: Coverage) -> Change | None:
        """What has to change; None if nothing. Raises: Skipped, Stopped."""

    def write(self, change: Change) -> None:
        """Raises: Failed, Stopped."""


def coverage_of(device: DeviceOut, *, has_simulated: bool) -> Coverage:
    """What Fleetward knows for certain of a device. Raises: Skipped."""
    warranty = device.warranty
    if warranty is None or warranty.status == Status.UNKNOWN:
        reason = warranty.reason if warranty else None
        raise Skipped(f"its coverage is unknown: {reason}" if reason else "its coverage is unknown")
    if warranty.is_simulated and not has_simulated:
        raise Skipped("a simulator answered, no vendor")
    if warranty.ends_on is None:
        raise Skipped("it is covered without an end")
    return Coverage(device.serial, device.purchased_on or warranty.starts_on, warranty.ends_on)


def whole_months(start: date, end: date) -> int:
    """How many months fit between two days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end.day < start.day)


def call(client: httpx.Client, method: str, path: str, **given: Any) -> httpx.Response:
    """The answer to a call; waits as long as the inventory asks for. Raises: Stopped."""
    for _ in range(TRIES):
        try:
            response = client.request(method, path, **given)
        except httpx.HTTPError as error:
            raise Stopped(f"{client.base_url} cannot be reached: {error}") from error
        if response.status_code != TOO_MANY:
            break
        time.sleep(wait_of(response))
    if response.is_success or (method == "PATCH" and response.status_code in REFUSALS):
        return response
    raise Stopped(f"{response.url} answered {response.status_code}: {response.text[:200]}")


def wait_of(response: httpx.Response) -> float:
    """The seconds to wait before asking again; one where the answer names a date, or nothing."""
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 1.0


def json_of(response: httpx.Response) -> Json:
    """The object in an answer. Raises: Stopped."""
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Stopped(f"{response.url} answered something else than JSON")
    return found


def only(found: list[Json]) -> Json:
    """The one asset with a serial number. Raises: Skipped."""
    if not found:
        raise Skipped("no asset has this serial number")
    if len(found) > 1:
        raise Skipped(f"{len(found)} assets have this serial number")
    return found[0]


class SnipeIt:
    """Snipe-IT, which counts the warranty in months from the date of purchase.

    With a custom field, the last covered day is written there, and nothing is counted.
    """

    name = "Snipe-IT"

    def __init__(self, client: httpx.Client, field: str) -> None:
        self.client = client
        self.field = field

    def change(self, coverage: Coverage) -> Change | None:
        if "/" in coverage.serial:
            raise Skipped("Snipe-IT cannot be asked for a serial number with a slash")
        path = f"/api/v1/hardware/byserial/{quote(coverage.serial, safe='')}"
        # A serial number that is not there is an "error" without rows, with status 200.
        asset = only(json_of(call(self.client, "GET", path)).get("rows") or [])
        body, words = self._field(asset, coverage) if self.field else self._months(asset, coverage)
        return Change(f"/api/v1/hardware/{asset['id']}", body, words) if body else None

    def write(self, change: Change) -> None:
        told = json_of(call(self.client, "PATCH", change.path, json=change.body))
        # What is refused is told with status 200 as well.
        if told.get("status") != "success":
            raise Failed(str(told.get("messages")))

    def _field(self, asset: Json, coverage: Coverage) -> tuple[Json, str]:
        field = (asset.get("custom_fields") or {}).get(self.field)
        if field is None:
            raise Skipped(f"its model has no custom field {self.field!r}")
        before, after = field["value"] or "", coverage.ends_on.isoformat()
        if before == after:
            return {}, ""
        return {field["field"]: after}, f"{self.field}: {before or 'empty'} -> {after}"

    def _months(self, asset: Json, coverage: Coverage) -> tuple[Json, str]:
        body: Json = {}
        words = []
        bought = asset.get("purchase_date")
        start = date.fromisoformat(bought["date"]) if bought else coverage.counts_from
        if start is None:
            raise Skipped("it has no date of purchase to count months from")
        if not bought:
            body["purchase_date"] = start.isoformat()
            words.append(f"purchase_date: empty -> {start}")
        # Rounded down, so that Snipe-IT never promises more than the vendor does.
        months = whole_months(start, coverage.ends_on + timedelta(days=1))
        if not 0 < months <= LONGEST_MONTHS:
            raise Skipped(f"{months} months from {start} to {coverage.ends_on} cannot be stored")
        before = int((asset.get("warranty_months") or "0").split()[0])
        if before != months:
            body["warranty_months"] = months
            words.append(f"warranty_months: {before or 'empty'} -> {months}")
        return body, ", ".join(words)


class NetBox:
    """NetBox, where coverage is a custom field of devices, of the type date or text."""

    name = "NetBox"

    def __init__(self, client: httpx.Client, field: str) -> None:
        self.client = client
        self.field = field

    def change(self, coverage: Coverage) -> Change | None:
        asked = {"serial": coverage.serial}
        found = json_of(call(self.client, "GET", "/api/dcim/devices/", params=asked))
        device = only(found.get("results") or [])
        fields = device.get("custom_fields") or {}
        if self.field not in fields:
            raise Stopped(f"NetBox has no custom field {self.field!r} of devices; make it first")
        before, after = fields[self.field], coverage.ends_on.isoformat()
        if before == after:
            return None
        words = f"{self.field}: {before or 'empty'} -> {after}"
        return Change(
            f"/api/dcim/devices/{device['id']}/", {"custom_fields": {self.field: after}}, words
        )

    def write(self, change: Change) -> None:
        response = call(self.client, "PATCH", change.path, json=change.body)
        if not response.is_success:
            raise Failed(response.text[:200])


def setting(name: str) -> str:
    """A variable of the environment. Raises: Stopped."""
    value = os.environ.get(name)
    if not value:
        raise Stopped(f"{name} is not set")
    return value


def inventories(asked: argparse.Namespace) -> Iterator[Inventory]:
    """Those whose address the environment has."""
    if url := os.environ.get("SNIPEIT_URL"):
        client = client_of(url, f"Bearer {setting('SNIPEIT_TOKEN')}")
        yield SnipeIt(client, asked.snipeit_field)
    if url := os.environ.get("NETBOX_URL"):
        token = setting("NETBOX_TOKEN")
        # NetBox 4.5 made tokens that begin so, and another word in front of them.
        kind = "Bearer" if token.startswith("nbt_") else "Token"
        yield NetBox(client_of(url, f"{kind} {token}"), asked.netbox_field)


def client_of(url: str, authorization: str) -> httpx.Client:
    headers = {"Authorization": authorization, "Accept": "application/json"}
    return httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT_SECONDS)


def devices(where: list[str]) -> Iterator[DeviceOut]:
    """The devices of Fleetward. Raises: Refused, Stopped."""
    with connect(setting("FLEET_URL"), setting("FLEET_TOKEN")) as client:
        for page in pages(
            lambda cursor: list_devices.sync(
                client=client, where=where or UNSET, cursor=cursor, limit=500
            )
        ):
            yield from page.items


class Report:
    """Tells what happens to each device, and counts it."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def tell(self, how: str, inventory: str, serial: str, words: str) -> None:
        self.counts[how] += 1
        print(f"{how:9}  {inventory:9}  {serial:20}  {words}", flush=True)


def bring(coverage: Coverage, inventory: Inventory, report: Report, *, is_written: bool) -> None:
    """Bring one device up to date in one inventory. Raises: Stopped."""
    try:
        change = inventory.change(coverage)
        if change is None:
            report.counts["same"] += 1
            return
        if is_written:
            inventory.write(change)
    except (Skipped, Failed) as why:
        how = "skipped" if isinstance(why, Skipped) else "failed"
        report.tell(how, inventory.name, coverage.serial, str(why))
    else:
        how = "set" if is_written else "would set"
        report.tell(how, inventory.name, coverage.serial, change.words)


def write_back(asked: argparse.Namespace, report: Report) -> None:
    """Bring every device up to date. Raises: Refused, Stopped."""
    targets = list(inventories(asked))
    if not targets:
        raise Stopped("neither SNIPEIT_URL nor NETBOX_URL is set")
    # All devices: the other one of two may be none of those that were asked for.
    known = Counter(device.serial.casefold() for device in devices([]))
    for device in devices(asked.where):
        try:
            if (number := known[device.serial.casefold()]) > 1:
                raise Skipped(f"{number} devices of Fleetward have this serial number")
            coverage = coverage_of(device, has_simulated=asked.simulated)
        except Skipped as why:
            report.tell("skipped", "Fleetward", device.serial, str(why))
            continue
        for target in targets:
            bring(coverage, target, report, is_written=asked.write)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="change what differs")
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="COLUMN:COMPARISON:VALUE",
        help="only devices that fit, such as location:is:Lyon; may be repeated",
    )
    parser.add_argument(
        "--snipeit-field",
        default="",
        metavar="NAME",
        help="write the last covered day to this custom field, in place of warranty_months",
    )
    parser.add_argument("--netbox-field", default="warranty_end", metavar="NAME")
    parser.add_argument(
        "--simulated", action="store_true", help="write what simulators answered, too"
    )
    asked = parser.parse_args()
    report = Report()
    problem = ""
    try:
        write_back(asked, report)
    except (Refused, Stopped, UnexpectedStatus, httpx.HTTPError) as error:
        problem = str(error)
    told = ", ".join(f"{number} {how}" for how, number in sorted(report.counts.items()))
    print(told or "no devices")
    if report.counts["would set"]:
        print("Nothing was written. Give --write to change it.")
    if problem:
        print(f"Stopped: {problem}", file=sys.stderr)
    return 1 if problem or report.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
