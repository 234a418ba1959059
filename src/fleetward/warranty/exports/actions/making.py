"""Making the file of an export: the database writes the CSV, a child turns it into a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from fleetward.devices.bulk.contracts import SelectionGone
from fleetward.infra.files.xlsx_table import MOST_ROWS, Cell, Stopped, workbook_in_child
from fleetward.infra.kept_files import kept_file
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.warranty.actions.exporting import DeviceListing
from fleetward.warranty.exports.actions.counting import count_since_selected
from fleetward.warranty.exports.actions.ending import cancelled, done, failed
from fleetward.warranty.exports.actions.queueing import requester_of, spanned_by, worker_of
from fleetward.warranty.exports.contracts import (
    ExportFormat,
    ExportRightLost,
    ExportState,
    ExportTooLong,
)
from fleetward.warranty.models import Export
from fleetward.warranty.queries import grid_words
from fleetward.warranty.queries.export import KINDS, Sheet

Clock = Callable[[], datetime]


def most_devices() -> int:
    """What fits on one sheet below its head."""
    return MOST_ROWS - 1


def make_export(*, tenant: int, export: int, clock: Clock) -> None:
    """Write the file of an export that is under way.

    Audit: device.exported, once it is there.   Repeat: begins anew after a killed worker, and
    leaves alone what has ended.
    """
    with tenant_scope([tenant]):
        found = Export.objects.filter(tenant_id=tenant, id=export).first()
    if found is None or not ExportState(found.state).is_open:
        return
    try:
        actor, made, told = _make(found, clock)
    except Stopped:
        cancelled(actor=worker_of(found), export=found, now=clock())
    except (ExportRightLost, ExportTooLong, SelectionGone) as error:
        failed(actor=worker_of(found), export=found, error=error, now=clock())
    else:
        done(actor=actor, export=found, made=made, told=told, now=clock())


def _make(export: Export, clock: Clock) -> tuple[Actor, Path, Mapping[str, object]]:
    """For whom, what is to be the file, and what the trail keeps of it.

    Raises: Stopped, ExportRightLost, ExportTooLong, SelectionGone.
    """
    _beat(export, clock)
    actor = requester_of(export)
    if actor is None:
        raise ExportRightLost
    sheet = msgspec.convert(export.sheet, Sheet)
    made = kept_file(export.uid).begin() / "list.csv"
    words = grid_words.words_in(export.query)
    only = grid_words.read_filter(words, today=export.today, zone=export.time_zone)
    listing = DeviceListing(only, sheet, export.today, export.expiring_days)
    spanned = spanned_by(actor, export)
    with tenant_scope(actor.tenants), made.open("wb") as out:
        export.devices = listing.write(actor, export.tenant_id, out)
        since = count_since_selected(export, actor, wants_active=only.is_active)
    _beat(export, clock, devices=export.devices, tenants=spanned, **since)
    if export.format == ExportFormat.XLSX:
        if export.devices > most_devices():
            raise ExportTooLong(export.devices, most_devices())
        made = _workbook(export, sheet, made, clock)
    told = listing.told(export.devices) | {"format": export.format} | since
    return actor, made, told


def _beat(export: Export, clock: Clock, **figures: int | list[int]) -> None:
    """Tell that the work goes on, and how far it is. Raises: Stopped once it is to end."""
    with tenant_scope([export.tenant_id]):
        running = Export.objects.filter(id=export.id, state=ExportState.RUNNING)
        if not running.update(heartbeat_at=clock(), **figures):
            raise Stopped


def _workbook(export: Export, sheet: Sheet, source: Path, clock: Clock) -> Path:
    target = source.with_suffix(".xlsx")
    cells = [KINDS.get(key, Cell.TEXT) for key, _ in sheet.columns]
    workbook_in_child(source, target, cells, lambda number: _beat(export, clock, written=number))
    return target
