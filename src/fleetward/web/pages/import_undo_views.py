"""The undo of an import in words: what it would do, and what it leaves alone and why."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fleetward.devices.bulk.contracts import BulkCounts, BulkOutcome, BulkRefusal, LeftDevice
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Figure, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.pages.import_texts import field_label

# Beside a number; some languages then want the plural.
FIGURES = {
    BulkOutcome.REMOVED: (pgettext_lazy("number of devices", "Will be removed"), Tone.WARN),
    BulkOutcome.DONE: (pgettext_lazy("number of devices", "Get former values back"), Tone.INFO),
    BulkOutcome.UNCHANGED: (pgettext_lazy("number of devices", "Unchanged"), Tone.QUIET),
    BulkOutcome.CHANGED_SINCE: (pgettext_lazy("number of devices", "Changed since"), Tone.WARN),
    BulkOutcome.GONE: (pgettext_lazy("number of devices", "Deleted since"), Tone.QUIET),
    BulkOutcome.REFUSED: (pgettext_lazy("number of devices", "Left for another reason"), Tone.WARN),
}
ALWAYS = {BulkOutcome.REMOVED, BulkOutcome.DONE}
REASONS = {
    BulkRefusal.LISTED_AGAIN: gettext_lazy("A later list names it as well"),
    BulkRefusal.IDENTITY_TAKEN: gettext_lazy(
        "Another device has its former manufacturer or product number by now"
    ),
}


def figures(counts: BulkCounts) -> tuple[Figure, ...]:
    """What would happen, in numbers of devices."""
    numbers = ((outcome, getattr(counts, outcome.lower())) for outcome in FIGURES)
    return tuple(
        Figure(str(FIGURES[outcome][0]), number_text(count), FIGURES[outcome][1])
        for outcome, count in numbers
        if count or outcome in ALWAYS
    )


def left_table(rows: Sequence[LeftDevice], customer_id: str) -> Table:
    """The first devices that are left alone."""
    columns = (
        Column("name", _("Device"), "main"),
        Column("serial", _("Serial number")),
        Column("why", _("What changed"), "wrap"),
        Column("by", _("By")),
        Column("at", _("When")),
    )
    lines = tuple(_row(row, customer_id) for row in rows)
    return Table(_("Devices that stay as they are"), columns, lines)


def _row(row: LeftDevice, customer_id: str) -> Row:
    href = reverse("device", args=[customer_id, row.device]) if row.device else ""
    name = _name(row)
    return Row(
        str(row.device or ""),
        (
            cells.link(name, href, row.manufacturer) if href else cells.text(name),
            cells.code(row.serial),
            cells.text(why(row)),
            cells.text(actor_text(row.actor) if row.actor else ""),
            cells.moment(row.at),
        ),
        href,
        name,
    )


def _name(row: LeftDevice) -> str:
    return row.name or row.serial or _("A device out of your sight")


def why(row: LeftDevice) -> str:
    """What is another by now than the import left it, or why else the device stays."""
    if row.refusal:
        return str(REASONS[BulkRefusal(row.refusal)])
    if row.outcome is BulkOutcome.GONE:
        return _("Deleted since") if row.device else _("It was deleted, or is out of your sight.")
    return " · ".join(
        cells.change_text(_label(field), before, after)
        for field, (before, after) in sorted(row.fields.items())
    )


def _label(field: str) -> str:
    return _("Hand-entered warranty") if field == "warranty" else field_label(field)


def headers() -> list[str]:
    return [
        _("Manufacturer"),
        _("Serial number"),
        _("Name"),
        _("What changed"),
        _("Outcome code"),
        _("By"),
        _("When"),
    ]


def line(row: LeftDevice) -> list[str]:
    """One device of the file."""
    at = row.at.isoformat(timespec="seconds") if row.at else ""
    code = row.refusal or str(row.outcome)
    by = actor_text(row.actor) if row.actor else ""
    return [row.manufacturer, row.serial, row.name, why(row), code, by, at]
