"""What people do with exports: ask for one, cancel it, fetch its file."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

import msgspec

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.devices.bulk.actions import hold_selection
from fleetward.infra.tx import wait_turn
from fleetward.kernel.actor import Actor
from fleetward.warranty.exports.actions.keeping import WITH_FILE, remove_files
from fleetward.warranty.exports.actions.queueing import queue
from fleetward.warranty.exports.contracts import (
    MOST_OPEN,
    Day,
    ExportFormat,
    ExportGone,
    ExportOver,
    ExportRow,
    ExportState,
    TooManyExports,
)
from fleetward.warranty.exports.queries import (
    export_row,
    file_of,
    find_own,
    is_in_reach,
    own_exports,
)
from fleetward.warranty.models import Export
from fleetward.warranty.queries import grid_words
from fleetward.warranty.queries.export import Sheet

_TURN_LOCK = 7_304


@use_case
def start_export(
    *,
    actor: Actor,
    tenant: int,
    format_: ExportFormat,
    query: str,
    sheet: Sheet,
    day: Day,
    now: datetime,
) -> ExportRow:
    """Have a worker write the list that an address holds to a file, as it is then.

    A selection that the address names is kept until it is written. The trail tells of it when the
    file is there. The oldest files of one's own give way to it, where too many are kept.
    Raises: NotFound, Forbidden, SelectionGone, TooManyExports.
    """
    _make_room(actor, tenant, now)
    words = grid_words.words_in(query)
    only = grid_words.read_filter(words, today=day.today, zone=day.time_zone)
    selection = only.selection and hold_selection(
        actor=actor, tenant=tenant, uid=only.selection, now=now
    )
    export = Export.objects.create(
        tenant_id=tenant,
        user_id=actor.own_id,
        started_by=actor.name,
        on_behalf=actor.on_behalf_of,
        request_id=actor.request_id,
        format=format_,
        query=grid_words.query_of(words),
        selection_id=selection.id if selection else None,
        sheet=msgspec.to_builtins(sheet),
        today=day.today,
        time_zone=day.time_zone,
        expiring_days=day.expiring_days,
        created_at=now,
        heartbeat_at=now,
    )
    queue(export)
    return export_row(export)


def _make_room(actor: Actor, tenant: int, now: datetime) -> None:
    """Let one more be as many as somebody may have. Raises: NotFound, Forbidden, TooManyExports."""
    own = own_exports(actor, tenant)
    wait_turn(_TURN_LOCK, actor.own_id)
    # In one question: one that is done meanwhile is not counted twice.
    held = list(own.filter(WITH_FILE).order_by("finished_at", "id"))
    finished = [export.id for export in held if not ExportState(export.state).is_open]
    if len(held) - len(finished) >= MOST_OPEN:
        raise TooManyExports(MOST_OPEN)
    excess = max(len(held) + 1 - env().exports.keep_files, 0)
    remove_files(own.filter(id__in=finished[:excess]), now)


@use_case
def cancel_export(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> ExportRow:
    """Stop the worker, which then leaves no file.

    Raises: NotFound, Forbidden, ExportOver.   Repeat: one that is being cancelled is left alone.
    """
    export = find_own(own_exports(actor, tenant).select_for_update(), uid)
    if not ExportState(export.state).is_open:
        raise ExportOver
    if export.state == ExportState.RUNNING:
        export.state = ExportState.CANCELLING
        export.save(update_fields=["state"])
        queue(export)
    return export_row(export)


@use_case
def fetch_export(
    *, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime
) -> tuple[ExportRow, Path]:
    """The file of an export, for whoever asked for it, while all tenants that it tells of are in
    reach: a customer that has ended the relation is not read from a file.

    Raises: NotFound, Forbidden, ExportNotReady, ExportGone.   Audit: export.fetched
    """
    found = find_own(own_exports(actor, tenant), uid)
    row = export_row(found)
    path = file_of(row)
    if not is_in_reach(actor, found):
        raise ExportGone
    details = {"format": str(row.format), "devices": row.devices}
    record(
        actor=actor,
        verb=Verb.EXPORT_FETCHED,
        tenant=tenant,
        subject=f"export:{row.uid}",
        details=details,
        now=now,
    )
    return row, path
