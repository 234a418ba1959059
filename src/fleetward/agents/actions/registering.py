"""Machines that are registered before they ask, and what is taken off their list (E8)."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.actions.waiting import device_of
from fleetward.agents.contracts import (
    MOST_LIST_BYTES,
    MOST_MACHINES,
    Machine,
    PendingKind,
    RefusedMachine,
    Registered,
    TooManyMachines,
    UnreadableList,
)
from fleetward.agents.models import Agent, Pending
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions.cleaning import cleaned
from fleetward.devices.contracts import BadDevice
from fleetward.devices.queries.pure import guess_columns
from fleetward.infra.files.errors import FileRefused
from fleetward.infra.files.limits import DEFAULT_LIMITS
from fleetward.infra.files.rows import LINES, iterate_rows, read_rows
from fleetward.infra.files.text import to_text
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.texts import N_

MOST_PLAIN_BYTES = 50 * 1024 * 1024
# How a workbook begins, which is a ZIP file.
PACKED = b"PK\x03\x04"
WANTED = ("manufacturer", "serial", "product_number", "name")
Identity = tuple[str, str, str]


def read_machines(data: bytes) -> list[Machine]:
    """The machines of a CSV or XLSX list, by the headers that imports know too.

    Raises: UnreadableList.
    """
    if len(data) > MOST_LIST_BYTES:
        raise UnreadableList(N_("it is larger than 2 MB"))
    if data.startswith(PACKED):
        return _of_workbook(data)
    try:
        text = to_text(data)
        lines = text.data.decode().splitlines()
        rows = list(csv.reader(lines, delimiter=text.separator, strict=True))
    except (FileRefused, csv.Error) as error:
        raise UnreadableList(str(error).rstrip(".")) from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    headers = [cell.strip() for cell in rows[0]] if rows else []
    places = {name: headers.index(head) for name, head in _wanted(headers).items()}
    return [
        Machine(**{name: (row + [""] * len(headers))[at] for name, at in places.items()})
        for row in rows[1:]
    ]


def _of_workbook(data: bytes) -> list[Machine]:
    """Read in a child process: a packed file may be anything. Raises: UnreadableList."""
    limits = replace(DEFAULT_LIMITS, rows=MOST_MACHINES, plain_bytes=MOST_PLAIN_BYTES)
    with tempfile.TemporaryDirectory(prefix="fleetward-machines-") as folder:
        path, result = Path(folder) / "upload", Path(folder) / f"rows{LINES}"
        path.write_bytes(data)
        try:
            headers = read_rows(path, result, limits=limits).headers
        except FileRefused as error:
            raise UnreadableList(str(error).rstrip(".")) from None
        columns = _wanted(headers)
        return [
            Machine(**{name: cells[head].strip() for name, head in columns.items()})
            for _, cells in iterate_rows(result)
        ]


def _wanted(headers: Sequence[str]) -> dict[str, str]:
    """The headers of what is wanted. Raises: UnreadableList."""
    columns = guess_columns(headers).columns
    if not {"manufacturer", "serial"} <= set(columns):
        raise UnreadableList(N_("no column is called Manufacturer and Serial number"))
    return {name: columns[name] for name in WANTED if name in columns}


@use_case
def register_machines(
    *, actor: Actor, tenant: int, machines: Sequence[Machine], now: datetime
) -> Registered:
    """Let machines enrol by the zero-touch key, before they ask; a bad row stops no good one.

    Raises: NotFound, Forbidden, TooManyMachines.   Audit: enrolment.registered, once, with the
    digest of what was registered.   Repeat: what is registered stays so.
    """
    require(actor, Capability.ENROL_DEVICES, tenant=tenant)
    if len(machines) > MOST_MACHINES:
        raise TooManyMachines
    refused: list[RefusedMachine] = []
    wanted: dict[Identity, Pending] = {}
    for row, machine in enumerate(machines, start=1):
        try:
            device = cleaned(device_of(machine))
        except BadDevice as error:
            refused.append(RefusedMachine(row, machine.serial[:80], str(error.refusal)))
            continue
        identity = (device.serial, device.manufacturer, device.product_number)
        wanted[identity] = Pending(
            tenant_id=tenant,
            kind=PendingKind.REGISTERED,
            serial=device.serial,
            manufacturer=device.manufacturer,
            product_number=device.product_number,
            name=device.name,
            added_by=actor.name,
            created_at=now,
            updated_at=now,
        )
    added = _add(tenant, wanted)
    if added:
        digest = hashlib.sha256(repr(sorted(wanted)).encode()).hexdigest()
        record(
            actor=actor,
            verb=Verb.ENROLMENT_REGISTERED,
            tenant=tenant,
            details={"devices": added, "digest": digest},
            now=now,
        )
    return Registered(added, len(machines) - added - len(refused), tuple(refused))


def _add(tenant: int, wanted: dict[Identity, Pending]) -> int:
    """How many were not there yet."""
    ours = Pending.objects.filter(tenant_id=tenant)
    before = ours.count()
    Pending.objects.bulk_create(wanted.values(), ignore_conflicts=True, batch_size=1_000)
    return ours.count() - before


@use_case
def remove_pending(*, actor: Actor, tenant: int, uids: Sequence[UUID], now: datetime) -> int:
    """Take machines off the list; one that waited has no credential any more. Returns how many.

    Raises: NotFound when none of them is there, Forbidden.   Audit: enrolment.pending_removed
    """
    require(actor, Capability.ENROL_DEVICES, tenant=tenant)
    found = Pending.objects.filter(tenant_id=tenant, uid__in=uids).select_for_update()
    rows = list(found.order_by("id"))
    if not rows:
        raise NotFound
    Pending.objects.filter(id__in=[row.id for row in rows]).delete()
    Agent.objects.filter(
        tenant_id=tenant, id__in=[row.agent_id for row in rows if row.agent_id]
    ).delete()
    details: dict[str, object] = {"devices": len(rows)}
    if len(rows) == 1:
        details["serial"] = rows[0].serial
    record(actor=actor, verb=Verb.PENDING_REMOVED, tenant=tenant, details=details, now=now)
    return len(rows)
