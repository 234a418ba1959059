"""Machines that are registered before they ask, and what is taken off their list (E8)."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.agents.actions.waiting import device_of, take_off
from fleetward.agents.contracts import (
    MOST_LIST_BYTES,
    MOST_MACHINES,
    Machine,
    RefusedMachine,
    Registered,
    TooManyMachines,
    UnreadableList,
)
from fleetward.agents.models import Pending
from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.devices.actions.cleaning import cleaned
from fleetward.devices.contracts import BadDevice, DeviceInput
from fleetward.devices.queries.pure import guess_columns
from fleetward.infra import sql
from fleetward.infra.files.limits import DEFAULT_LIMITS, MEBIBYTE
from fleetward.infra.files.rows import LINES, iterate_rows, read_rows
from fleetward.kernel.actor import Actor
from fleetward.kernel.errors import NotFound
from fleetward.kernel.texts import N_

LIMITS = replace(DEFAULT_LIMITS, rows=MOST_MACHINES, plain_bytes=50 * MEBIBYTE)
WANTED = ("manufacturer", "serial", "product_number", "name")
Identity = tuple[str, str, str]


def read_machines(data: bytes) -> dict[int, Machine]:
    """The machines of a CSV or XLSX list by the numbers of their rows, by the headers that imports
    know too.

    Read in a child process: a file may be anything. Raises: FileRefused, UnreadableList.
    """
    if len(data) > MOST_LIST_BYTES:
        raise UnreadableList(N_("it is larger than 2 MB"))
    with tempfile.TemporaryDirectory(prefix="fleetward-machines-") as folder:
        path, result = Path(folder) / "upload", Path(folder) / f"rows{LINES}"
        path.write_bytes(data)
        columns = _wanted(read_rows(path, result, limits=LIMITS).headers)
        return {
            row: Machine(**{name: cells[head].strip() for name, head in columns.items()})
            for row, cells in iterate_rows(result)
        }


def _wanted(headers: Sequence[str]) -> dict[str, str]:
    """The headers of what is wanted. Raises: UnreadableList."""
    columns = guess_columns(headers).columns
    if not {"manufacturer", "serial"} <= set(columns):
        raise UnreadableList(N_("no column is called Manufacturer and Serial number"))
    return {name: columns[name] for name in WANTED if name in columns}


@use_case
def register_machines(
    *, actor: Actor, tenant: int, machines: Mapping[int, Machine], now: datetime
) -> Registered:
    """Let machines enrol by the zero-touch key, before they ask; a bad row stops no good one.

    `machines`: by the numbers of their rows.

    Raises: NotFound, Forbidden, TooManyMachines.   Audit: enrolment.registered, once, with the
    digest of what was registered.   Repeat: what is registered stays so.
    """
    require(actor, Capability.ENROL_DEVICES, tenant=tenant)
    if len(machines) > MOST_MACHINES:
        raise TooManyMachines
    refused: list[RefusedMachine] = []
    wanted: dict[Identity, DeviceInput] = {}
    for row, machine in machines.items():
        try:
            device = cleaned(device_of(machine))
        except BadDevice as error:
            refused.append(RefusedMachine(row, machine.serial[:80], str(error.refusal)))
            continue
        wanted[device.serial, device.manufacturer, device.product_number] = device
    added = _add(actor, tenant, list(wanted.values()), now)
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


def _add(actor: Actor, tenant: int, wanted: Sequence[DeviceInput], now: datetime) -> int:
    """How many were not registered yet."""
    params = {
        "tenant": tenant,
        "serials": [device.serial for device in wanted],
        "manufacturers": [device.manufacturer for device in wanted],
        "product_numbers": [device.product_number for device in wanted],
        "names": [device.name for device in wanted],
        "by": actor.name,
        "now": now,
    }
    return sql.execute("agents", "register_machines", params)


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
    take_off(actor=actor, tenant=tenant, rows=rows, now=now)
    return len(rows)
