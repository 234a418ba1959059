"""Device lists for the tests of imports, and an import run from its upload to its end."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count

from fleetward.devices.imports.actions import (
    analyse_import,
    discard_stale,
    run_import,
    stale_imports,
    upload_list,
)
from fleetward.devices.imports.contracts import ImportDetail, OutcomeRow, Upload
from fleetward.devices.imports.queries import find_run_id, get_import, list_outcomes
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now

HEADERS = ("Serial number", "Manufacturer", "Product number", "Device name", "Country")


def csv_of(rows: Sequence[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    """A list as a spreadsheet saves it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerows([*row, *[""] * (len(headers) - len(row))] for row in rows)
    return text.getvalue().encode()


# Its second row is refused for its column Site.
TOO_LONG = csv_of(
    [("ABC1234", "Dell", "Lyon"), ("XYZ1234", "Dell", "L" * 300)], ["Serial", "Make", "Site"]
)


def worker(tenant: int) -> Actor:
    return system_actor("Test", tenant)


def uploaded(actor: Actor, tenant: int, data: bytes, **upload: object) -> uuid.UUID:
    """Only sent, not analysed."""
    given = Upload(file_name="list.csv", **upload)  # type: ignore[arg-type]
    return upload_list(
        actor=actor, tenant=tenant, upload=given, chunks=[data], now=utc_now(), is_queued=False
    ).uid


def analysed(actor: Actor, tenant: int, data: bytes, **upload: object) -> ImportDetail:
    """Sent and analysed: READY, or what became of it."""
    uid = uploaded(actor, tenant, data, **upload)
    run = find_run_id(actor=actor, tenant=tenant, uid=uid)
    analyse_import(tenant=tenant, run=run, clock=utc_now, is_queued=False)
    return get_import(actor=actor, tenant=tenant, uid=uid)


def imported(actor: Actor, tenant: int, data: bytes, **upload: object) -> ImportDetail:
    """A whole import."""
    found = analysed(actor, tenant, data, starts_itself=True, **upload)
    run_import(tenant=tenant, run=found.summary.id, clock=utc_now)
    return get_import(actor=actor, tenant=tenant, uid=found.summary.uid)


def discard_waiting(now: datetime) -> int:
    """What the jobs of the clock do, one after another; how many were found."""
    found = stale_imports(now=now)
    for tenant, run in found:
        discard_stale(tenant=tenant, run=run, now=now)
    return len(found)


def outcomes(actor: Actor, tenant: int, found: ImportDetail) -> dict[int, OutcomeRow]:
    """The outcome rows by row number; the header is row 1."""
    page = list_outcomes(actor=actor, tenant=tenant, uid=found.summary.uid, limit=1000)
    return {row.row_no: row for row in page.rows}


def words(actor: Actor, tenant: int, found: ImportDetail) -> list[str]:
    """Outcomes in the order of the file, with the reason of refused rows."""
    rows = outcomes(actor, tenant, found)
    return [str(rows[n].refusal or rows[n].outcome) for n in sorted(rows)]


def stored(tenant: int) -> Mapping[tuple[str, str, str], Device]:
    """Active devices of a tenant by identity."""
    with tenant_scope([tenant]):
        devices = Device.objects.filter(tenant_id=tenant, is_active=True)
        return {(d.manufacturer, d.serial, d.product_number): d for d in devices}


def at_look(acts: Mapping[int, Callable[[], None]]) -> Callable[[], datetime]:
    """A clock, and what happens just before somebody looks at it for that time."""
    looks = count(1)

    def clock() -> datetime:
        if act := acts.get(next(looks)):
            act()
        return utc_now()

    return clock
