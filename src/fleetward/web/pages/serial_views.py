"""What the pages of serial lists show, made from a list: progress, figures, rows, downloads."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.devices.bulk.contracts import BulkOutcome
from fleetward.devices.serial_lists.contracts import (
    NAMING_FIELDS,
    SerialListRow,
    SerialOutcome,
    SerialRowFound,
    SerialState,
)
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Figure, KeyValue, Progress
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.pages import bulk_views
from fleetward.web.pages.import_texts import field_label
from fleetward.web.pages.serial_texts import FIGURE_LABELS, OUTCOMES, advice

# With a made-up machine of each kind of row; the second needs no product number.
SAMPLE = (("5CG1234XYZ", "HP", "8A4L2EA"), ("PF4ABCDE", "Lenovo", ""), ("7XYZ123", "", ""))


def progress(row: SerialListRow, customer_id: str) -> Progress:
    """How far a worker is, asking again until it is done."""
    is_reading = row.state is SerialState.READING
    return Progress(
        _("Looking for the devices") if row.rows else _("Reading the file"),
        row.done_rows,
        row.rows,
        poll_url=reverse("serials_progress", args=[customer_id, row.uid]) if is_reading else "",
        note=_("You may leave this page; a notification tells when. Nothing is deleted yet."),
    )


def figures(row: SerialListRow) -> tuple[Figure, ...]:
    return tuple(
        Figure(str(FIGURE_LABELS[outcome]), number_text(row.counts[outcome]), OUTCOMES[outcome][1])
        for outcome in SerialOutcome
    )


def facts(row: SerialListRow) -> tuple[KeyValue, ...]:
    """How the file was read: shown, so that nothing about it is guessed in silence."""
    columns = [(field, row.columns[field]) for field in NAMING_FIELDS if field in row.columns]
    return (
        KeyValue(_("File"), row.file_name),
        KeyValue(_("Rows"), number_text(row.rows)),
        *(
            KeyValue(_("Column of: %(field)s") % {"field": field_label(field)}, header)
            for field, header in columns
        ),
    )


def delete_text(row: SerialListRow) -> str:
    text = ngettext("Delete %(count)s device…", "Delete %(count)s devices…", row.found)
    return text % {"count": number_text(row.found)}


def rows_table(rows: Sequence[SerialRowFound], total: int) -> Table:
    """The first rows that name no device to delete."""
    columns = (
        Column("row", _("Row"), "num"),
        Column("serial", field_label("serial"), "main"),
        Column("manufacturer", field_label("manufacturer"), "extra"),
        Column("product", field_label("product_number"), "extra"),
        Column("outcome", _("Outcome")),
        Column("note", _("What to do"), "wrap"),
    )
    count = ""
    if total > len(rows):
        shown = {"shown": number_text(len(rows)), "total": number_text(total)}
        count = _("The first %(shown)s of %(total)s rows") % shown
    lines = tuple(Row(str(row.row_no), _row(row)) for row in rows)
    return Table(_("Rows that name no device to delete"), columns, lines, count=count)


def _row(row: SerialRowFound) -> tuple[cells.Cell, ...]:
    label, tone, icon = OUTCOMES[row.outcome]
    return (
        cells.number(row.row_no),
        cells.code(row.serial),
        cells.text(row.manufacturer),
        cells.text(row.product_number),
        cells.badge(label, tone, icon),
        cells.text(advice(row)),
    )


def file_headers() -> list[str]:
    return [
        _("Row in the file"),
        field_label("serial"),
        field_label("manufacturer"),
        field_label("product_number"),
        _("Outcome"),
        _("Outcome code"),
        _("What to do"),
        _("Deletion"),
        _("Deletion code"),
    ]


def file_line(row: SerialRowFound) -> list[str]:
    """One row of the file, with what it names and what became of that."""
    deleted = str(bulk_views.OUTCOMES[BulkOutcome(row.deletion)][0]) if row.deletion else ""
    return [
        str(row.row_no),
        row.serial,
        row.manufacturer,
        row.product_number,
        str(OUTCOMES[row.outcome][0]),
        row.refusal or str(row.outcome),
        advice(row),
        deleted,
        row.deletion,
    ]


def sample_headers() -> list[str]:
    return [field_label(field) for field in NAMING_FIELDS[:3]]
