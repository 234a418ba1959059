"""Exports in words: what one is of, how far it is, and how long its file is kept."""

from __future__ import annotations

from collections.abc import Sequence

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from fleetward.devices.bulk.contracts import BulkState
from fleetward.warranty.exports.contracts import ExportFormat, ExportRow, ExportState
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import KeyValue, Progress
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.pages.bulk_views import STATES
from fleetward.web.selection_texts import held_text


def export_href(row: ExportRow, customer_id: str) -> str:
    return reverse("export", args=[customer_id, row.uid])


def title_of(row: ExportRow) -> str:
    """What an export makes."""
    if row.format is ExportFormat.XLSX:
        return _("Export of devices as Excel")
    return _("Export of devices as CSV")


def exports_table(rows: Sequence[ExportRow], customer_id: str, after: str | None) -> Table:
    """The list of exports."""
    columns = (
        Column("what", _("Export"), "main"),
        Column("at", _("Started")),
        Column("state", _("State")),
        Column("devices", _("Devices"), "num"),
        Column("size", _("Size"), "num extra"),
        Column("until", _("Kept until"), "extra"),
    )
    return Table(
        _("Exports"),
        columns,
        tuple(_line(row, customer_id) for row in rows),
        pager=Pager(next_href=f"?after={after}") if after else None,
    )


def _line(row: ExportRow, customer_id: str) -> Row:
    href = export_href(row, customer_id)
    label, tone, icon = STATES[BulkState(row.state)]
    return Row(
        str(row.uid),
        (
            cells.link(title_of(row), href),
            cells.moment(row.created_at),
            cells.badge(label, tone, icon),
            cells.number(row.devices),
            cells.text(_size(row)),
            cells.moment(row.expires_at) if row.has_file else cells.text(_fate(row)),
        ),
        href,
        title_of(row),
    )


def _size(row: ExportRow) -> str:
    return filesizeformat(row.size) if row.has_file else ""


def _fate(row: ExportRow) -> str:
    """What has become of a file that was there."""
    return _("Not kept any more") if row.is_removed else ""


def progress(row: ExportRow, customer_id: str) -> Progress:
    """How far it is."""
    label, tone, _icon = STATES[BulkState(row.state)]
    is_open = row.state.is_open
    return Progress(
        title=str(label),
        done=row.written,
        total=row.devices,
        tone=tone,
        poll_url=reverse("export_progress", args=[customer_id, row.uid]) if is_open else "",
        status=_status(row),
    )


def _status(row: ExportRow) -> str:
    if row.state is ExportState.DONE:
        return held_text(row.since, row.devices)
    if row.state is not ExportState.RUNNING:
        return ""
    if not row.devices:
        return _("The list is being read, or waits for a worker.")
    if row.written < row.devices:
        return _("The file is being written.")
    return _("The file is being packed.")


def facts(row: ExportRow) -> tuple[KeyValue, ...]:
    """What it holds, who wanted it, and how long it is kept."""
    behalf = (KeyValue(_("On behalf of"), row.on_behalf),) if row.on_behalf else ()
    until = cells.moment_html(row.expires_at) if row.has_file else _fate(row)
    return (
        # While the list is read nobody knows how many there are.
        *([KeyValue(_("Devices"), number_text(row.devices))] if row.devices else []),
        *([KeyValue(_("Size"), _size(row))] if row.has_file else []),
        *([KeyValue(_("Kept until"), until)] if until else []),
        KeyValue(_("By"), actor_text(row.started_by)),
        *behalf,
        KeyValue(_("Started"), cells.moment_html(row.created_at)),
        KeyValue(_("Finished"), cells.moment_html(row.finished_at)),
        KeyValue(_("Request"), row.request_id, copies=bool(row.request_id)),
    )
