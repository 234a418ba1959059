"""What the pages of imports show, made from an import: columns, preview, progress, result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.devices.contracts import LIST_FIELDS, Profile
from fleetward.devices.imports.contracts import (
    WORKING,
    Counts,
    Hint,
    ImportDetail,
    ImportState,
    ImportSummary,
    Outcome,
    RefusedRows,
    Report,
    SampleRow,
)
from fleetward.devices.texts import PROFILE_LABELS
from fleetward.web.actor_texts import actor_text
from fleetward.web.advice import hint_told, refusal_told
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, number_text
from fleetward.web.components.shapes import Figure, KeyValue, Option, Progress, Step, Tone
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.pages.import_files import MOST_XLSX_ROWS
from fleetward.web.pages.import_texts import (
    FIGURE_LABELS,
    OUTCOMES,
    SEPARATORS,
    STATES,
    field_label,
)

HINT_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file and what it may fill. `name` is of its choice in the form."""

    name: str
    header: str
    samples: str
    options: tuple[Option, ...]
    is_taken: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A kind of refusal or hint: what it is, how many rows, what to do, and some of them."""

    text: str
    fix: str
    count: int
    examples: str = ""


@dataclass(frozen=True, slots=True)
class Downloads:
    summary_csv: str
    summary_xlsx: str
    errors_csv: str
    errors_xlsx: str


def import_table(rows: Sequence[ImportSummary], customer_id: str, next_href: str) -> Table:
    """Imports as a list."""
    columns = (
        Column("file", _("File"), "main"),
        Column("state", _("State")),
        Column("rows", _("Rows"), "num"),
        Column("new", str(FIGURE_LABELS[Outcome.NEW]), "num extra"),
        Column("changed", str(FIGURE_LABELS[Outcome.CHANGED]), "num extra"),
        Column("refused", str(FIGURE_LABELS[Outcome.REFUSED]), "num"),
        Column("by", _("Uploaded by"), "extra"),
        Column("at", _("Uploaded")),
    )
    lines = tuple(_import_row(row, customer_id) for row in rows)
    pager = Pager(next_href=next_href) if next_href else None
    return Table(_("Imports"), columns, lines, pager=pager)


def _import_row(row: ImportSummary, customer_id: str) -> Row:
    href = reverse("import", args=[customer_id, row.uid])
    label, tone, icon = STATES[row.state]
    return Row(
        key=str(row.uid),
        href=href,
        cells=(
            cells.link(row.file_name, href),
            cells.badge(label, tone, icon),
            cells.number(row.rows or None),
            cells.number(row.counts.new),
            cells.number(row.counts.changed),
            cells.number(row.counts.refused),
            cells.text(actor_text(row.started_by)),
            cells.moment(row.created_at),
        ),
    )


def steps() -> tuple[Step, ...]:
    return (
        Step(_("Upload")),
        Step(_("Match and check")),
        Step(_("Import")),
        Step(_("Result")),
    )


def step_of(state: ImportState) -> int:
    if state in {ImportState.UPLOADED, ImportState.ANALYSING}:
        return 1
    if state is ImportState.READY:
        return 2
    return 3 if state in WORKING else 4


def facts(detail: ImportDetail) -> tuple[KeyValue, ...]:
    """How the file was read: shown, so that nothing about it is guessed in silence."""
    report = detail.report
    found = [
        (_("Rows"), number_text(detail.summary.rows)),
        (_("Export of"), PROFILE_LABELS[Profile(report.profile or "OTHER")]),
        (_("Encoding"), report.encoding),
        (_("Separator"), str(SEPARATORS.get(report.separator, report.separator))),
        (_("Sheet"), report.sheet),
        (_("Sheets not read"), ", ".join(report.other_sheets)),
        (_("Blank rows"), number_text(report.blank_rows) if report.blank_rows else ""),
    ]
    return tuple(KeyValue(label, value) for label, value in found if value)


def column_lines(report: Report) -> tuple[ColumnLine, ...]:
    """Every column of the file, the ones that fill nothing too (E12)."""
    return tuple(
        ColumnLine(
            name=f"column-{place}",
            header=column.header,
            samples=" · ".join(column.samples),
            options=(
                Option("", _("Not imported"), not column.field),
                *(Option(f, field_label(f), f == column.field) for f in LIST_FIELDS),
            ),
            is_taken=bool(column.field),
            is_ours=column.is_ours,
        )
        for place, column in enumerate(report.columns)
    )


def mapping_of(report: Report, posted: Mapping[str, str]) -> dict[str, str]:
    """Field -> header, from the choices of the form. A field chosen twice keeps its last column."""
    chosen = {
        column.header: posted.get(f"column-{place}", "")
        for place, column in enumerate(report.columns)
    }
    return {field: header for header, field in chosen.items() if field}


def fields_chosen_twice(report: Report, posted: Mapping[str, str]) -> list[str]:
    chosen = [posted.get(f"column-{place}", "") for place in range(len(report.columns))]
    return sorted({field_label(f) for f in chosen if f and chosen.count(f) > 1})


def missing_text(report: Report) -> str:
    return ", ".join(field_label(field) for field in report.missing)


def sample_table(report: Report) -> Table:
    """The first rows of each outcome, with the reason or with what changes."""
    columns = (
        Column("row", _("Row"), "num"),
        Column("outcome", _("Outcome")),
        Column("serial", field_label("serial"), "main"),
        Column("manufacturer", field_label("manufacturer")),
        Column("name", field_label("name")),
        Column("model", field_label("model"), "extra"),
        Column("note", _("Note"), "wrap"),
    )
    lines = tuple(Row(key=str(row.row_no), cells=_sample_cells(row)) for row in report.sample)
    return Table(_("Preview"), columns, lines)


def _sample_cells(row: SampleRow) -> tuple[Cell, ...]:
    label, tone, icon = OUTCOMES[row.outcome]
    return (
        cells.number(row.row_no),
        cells.badge(label, tone, icon),
        cells.code(row.cells["serial"]),
        cells.text(row.cells["manufacturer"]),
        cells.text(row.cells["name"]),
        cells.text(row.cells["model"]),
        _note(row),
    )


def _note(row: SampleRow) -> Cell:
    if row.refusal:
        told = refusal_told(row.refusal)
        label = field_label(row.field) if row.field else ""
        is_named = row.field == "serial" or label.casefold() in told.text.casefold()
        where = "" if is_named else f" ({label})"
        return cells.text(f"{told.text}{where}", told.fix)
    changes = [
        cells.change_text(field_label(field), old, new)
        for field, (old, new) in sorted(row.changes.items())
    ]
    return cells.text(" · ".join(changes))


def reason_lines(found: ImportDetail) -> tuple[ReasonLine, ...]:
    """What was refused, the most frequent first: why, where, and what to do (X13)."""
    report = found.report
    # Imports of before their rows were kept here have kinds and numbers alone.
    refused = report.refused or [RefusedRows(code, "", n) for code, n in report.refusals.items()]
    return tuple(
        ReasonLine(
            refusal_told(rows.refusal).text,
            refusal_told(rows.refusal).fix,
            rows.count,
            _places(rows, found.mapping),
        )
        for rows in refused
    )


def _places(rows: RefusedRows, mapping: Mapping[str, str]) -> str:
    """The first rows and their column, by its header in the file or, without one, by its field."""
    if not rows.first:
        return ""
    column = mapping.get(rows.field) or field_label(rows.field)
    # Not grouped, as spreadsheets have them, and because the comma is between them.
    numbers = ", ".join(str(row_no) for row_no in rows.first)
    told = {"rows": numbers, "column": column}
    if more := rows.count - len(rows.first):
        text = ngettext(
            "Rows %(rows)s and %(more)s more (%(column)s)",
            "Rows %(rows)s and %(more)s more (%(column)s)",
            more,
        )
        return text % {**told, "more": number_text(more)}
    return ngettext("Row %(rows)s (%(column)s)", "Rows %(rows)s (%(column)s)", rows.count) % told


def hint_lines(report: Report) -> tuple[ReasonLine, ...]:
    """What to look at in rows that are taken as they are."""
    return tuple(
        ReasonLine(hint_told(code).text, hint_told(code).fix, count, _examples(report.hints, code))
        for code, count in sorted(report.hint_counts.items(), key=lambda item: -item[1])
    )


def _examples(hints: Sequence[Hint], code: str) -> str:
    some = [hint for hint in hints if hint.code == code][:HINT_EXAMPLES]
    return ", ".join(
        _("%(serial)s (row %(row)s)") % {"serial": h.serial, "row": number_text(h.row_no)}
        for h in some
    )


def figures(counts: Counts) -> tuple[Figure, ...]:
    numbers = {
        Outcome.NEW: counts.new,
        Outcome.CHANGED: counts.changed,
        Outcome.UNCHANGED: counts.unchanged,
        Outcome.REFUSED: counts.refused,
        Outcome.SKIPPED: counts.skipped,
    }
    return tuple(
        Figure(str(FIGURE_LABELS[outcome]), number_text(count), OUTCOMES[outcome][1])
        for outcome, count in numbers.items()
        if count or outcome is not Outcome.SKIPPED
    )


def progress(row: ImportSummary, customer_id: str, now: datetime) -> Progress:
    """How far a worker is, asking again until it is done."""
    poll = reverse("import_progress", args=[customer_id, row.uid]) if row.state in WORKING else ""
    label = str(STATES[row.state][0])
    if row.state in {ImportState.UPLOADED, ImportState.ANALYSING}:
        note = _(
            "You may leave this page; the import waits for you, and a notification tells when."
        )
        return Progress(label, 0, row.rows, poll_url=poll, note=note)
    return Progress(
        label,
        row.done_rows,
        row.rows,
        poll_url=poll,
        status=_time_left(row, now),
        figures=figures(row.counts),
        note=_("You may leave this page; a notification tells when it is done."),
    )


def _time_left(row: ImportSummary, now: datetime) -> str:
    if row.started_at is None or not row.done_rows:
        return ""
    pace = row.done_rows / max((now - row.started_at).total_seconds(), 0.1)
    seconds = round((row.rows - row.done_rows) / pace)
    if seconds < 90:
        return ngettext("About %(n)s second left", "About %(n)s seconds left", seconds) % {
            "n": seconds
        }
    minutes = round(seconds / 60)
    return ngettext("About %(n)s minute left", "About %(n)s minutes left", minutes) % {"n": minutes}


def downloads(row: ImportSummary, customer_id: str) -> Downloads:
    def href(which: str, kind: str) -> str:
        return reverse("import_download", args=[customer_id, row.uid, which, kind])

    is_small = row.done_rows <= MOST_XLSX_ROWS
    to_correct = 0 if row.rows_removed_at else row.counts.refused
    return Downloads(
        summary_csv=href("outcomes", "csv"),
        summary_xlsx=href("outcomes", "xlsx") if is_small else "",
        errors_csv=href("refused", "csv") if to_correct else "",
        errors_xlsx=href("refused", "xlsx") if 0 < to_correct <= MOST_XLSX_ROWS else "",
    )


def tone_of(state: ImportState) -> Tone:
    return STATES[state][1]
