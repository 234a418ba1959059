"""What the pages of resale feeds show: the list, progress, numbers, rows, the summary."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from fleetward.devices.feeds.contracts import (
    FeedDetail,
    FeedLine,
    FeedOutcome,
    FeedState,
)
from fleetward.kernel.paging import Page
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Figure, KeyValue, Progress
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.pages.feed_texts import OUTCOMES, STATES, advice

SAMPLE = (
    ("102030", "5CG1234XYZ", "HP", "8A4L2EA", "EliteBook 840", "PO-4711", "2026-11-02", ""),
    ("102030", "PF4ABCDE", "Lenovo", "", "", "PO-4711", "2026-11-02", "2026-11-09"),
    ("203040", "7XYZ123", "Dell", "", "", "", "", ""),
)


def sample_headers() -> list[str]:
    return [
        _("Partner location ID"),
        _("Serial number"),
        _("Manufacturer"),
        _("Product number"),
        _("Model"),
        _("Order number"),
        _("Order date"),
        _("Ship date"),
    ]


def feed_table(rows: Sequence[FeedDetail], customer_id: str) -> Table:
    return Table(
        caption=_("Resale feeds"),
        columns=(
            Column("file", _("File"), "main"),
            Column("state", _("Status")),
            Column("rows", _("Rows"), "num"),
            Column("held", _("New devices"), "num"),
            Column("claimed", _("Claimed by two partners"), "num"),
            Column("by", _("Uploaded by"), "extra"),
            Column("at", _("Uploaded"), "extra"),
        ),
        rows=tuple(_feed_row(row, customer_id) for row in rows),
    )


def _feed_row(row: FeedDetail, customer_id: str) -> Row:
    href = reverse("operator_feed", args=[customer_id, row.uid])
    return Row(
        key=str(row.uid),
        href=href,
        cells=(
            cells.link(row.file_name, href),
            cells.badge(*STATES[row.state]),
            cells.number(row.rows or None),
            cells.number(row.counts[FeedOutcome.HELD]),
            cells.number(row.counts[FeedOutcome.CLAIMED]),
            cells.text(row.uploaded_by),
            cells.moment(row.created_at),
        ),
    )


def progress(row: FeedDetail, customer_id: str) -> Progress:
    """How far a worker is, asking again until it is done."""
    poll = reverse("operator_feed_progress", args=[customer_id, row.uid])
    is_reading = row.state is FeedState.READING
    return Progress(
        _("Reading the file") if is_reading else _("Putting devices into Unassigned Devices"),
        row.done_rows,
        row.rows,
        poll_url=poll if row.is_working else "",
        note=_("You may leave this page; a notification tells when it is done."),
    )


def facts(row: FeedDetail) -> tuple[KeyValue, ...]:
    """How the file was read: shown, so that nothing about it is guessed in silence."""
    headers = dict(zip(_FIELDS, sample_headers(), strict=True))
    columns = [(headers[field], header) for field, header in row.columns.items()]
    found = [
        (_("File"), row.file_name),
        (_("Rows"), number_text(row.rows) if row.rows else ""),
        (_("Uploaded by"), row.uploaded_by),
        ("SHA-256", row.digest),
        *((_("Column of: %(field)s") % {"field": label}, header) for label, header in columns),
    ]
    return tuple(KeyValue(label, value) for label, value in found if value)


_FIELDS = (
    "location",
    "serial",
    "manufacturer",
    "product_number",
    "model",
    "order_number",
    "ordered_on",
    "shipped_on",
)


def figures(row: FeedDetail, here: str) -> tuple[Figure, ...]:
    """Rows by outcome; each number opens its rows."""
    always = {FeedOutcome.HELD, FeedOutcome.ALREADY_HELD, FeedOutcome.CLAIMED}
    return tuple(
        Figure(
            str(OUTCOMES[outcome][0]),
            number_text(count),
            OUTCOMES[outcome][1],
            href=f"{here}?{urlencode({'outcome': outcome})}#rows" if count else "",
        )
        for outcome, count in row.counts.items()
        if count or outcome in always
    )


def rows_table(page: Page[FeedLine], outcomes: Sequence[FeedOutcome], here: str) -> Table:
    """A page of rows; the next one is asked for at `here`."""
    pager = None
    if page.after:
        asked = [*(("outcome", str(word)) for word in outcomes), ("after", page.after)]
        pager = Pager(next_href=f"{here}?{urlencode(asked)}#rows")
    return Table(
        caption=_("Rows of the file"),
        columns=(
            Column("row", _("Row"), "num"),
            Column("serial", _("Serial number"), "main"),
            Column("manufacturer", _("Manufacturer")),
            Column("partner", _("Partner")),
            Column("order", _("Order number"), "extra"),
            Column("outcome", _("Outcome"), "wrap"),
            Column("holder", _("Who has it")),
        ),
        rows=tuple(Row(str(line.row_no), _line(line)) for line in page.rows),
        pager=pager,
    )


def _line(line: FeedLine) -> tuple[cells.Cell, ...]:
    return (
        cells.number(line.row_no),
        cells.code(line.serial),
        cells.text(line.manufacturer),
        cells.text(line.partner or line.location, line.location if line.partner else ""),
        cells.text(line.order_number),
        cells.badge(*OUTCOMES[line.outcome], why=advice(line.outcome, line.refusal)),
        cells.text(line.holder),
    )


def file_headers() -> list[str]:
    return [
        _("Row in the file"),
        *sample_headers()[:6],
        _("Outcome"),
        _("Outcome code"),
        _("Partner"),
        _("Who has it"),
        _("What to do"),
    ]


def file_line(line: FeedLine) -> list[str]:
    """A row of the file with its outcome."""
    return [
        str(line.row_no),
        line.location,
        line.serial,
        line.manufacturer,
        line.product_number,
        line.model,
        line.order_number,
        str(OUTCOMES[line.outcome][0]),
        line.refusal or str(line.outcome),
        line.partner,
        line.holder,
        advice(line.outcome, line.refusal),
    ]
