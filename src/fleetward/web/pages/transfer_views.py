"""What the pages of transfers show: lists, preview, progress, summary, arrivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.transfers.contracts import (
    ENDED,
    ArrivalRow,
    OutcomeLine,
    Party,
    RowOutcome,
    TransferDetail,
    TransferKind,
    TransferRow,
    TransferState,
)
from fleetward.transfers.texts import description_of
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Figure, KeyValue, Progress, Step, Tone
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.pages.import_texts import SEPARATORS
from fleetward.web.pages.transfer_texts import OUTCOMES, STATES, advice, effect_label, place_name


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A kind of failed rows: what it is called, how many, what to do (X13)."""

    text: str
    count: int
    fix: str
    examples: str = ""


def transfer_table(rows: Sequence[TransferRow], next_href: str, *, is_full: bool) -> Table:
    """Transfers as a list. `is_full`: for whoever may transfer, who learns of targets."""
    columns = (
        Column("what", _("Transfer"), "main"),
        Column("source", _("From")),
        *([Column("target", _("To"))] if is_full else [Column("partner", _("By the partner"))]),
        Column("state", _("State")),
        Column("rows", _("Rows"), "num"),
        Column("moved", _("Moved"), "num"),
        Column("failed", _("Failed"), "num"),
        Column("at", _("Begun")),
    )
    lines = tuple(_transfer_row(row, is_full) for row in rows)
    return Table(
        _("Transfers"), columns, lines, pager=Pager(next_href=next_href) if next_href else None
    )


def _transfer_row(row: TransferRow, is_full: bool) -> Row:
    href = reverse("transfer", args=[row.source.customer_id, row.uid])
    label, tone, icon = STATES[row.state]
    other = (place_name(row.target) if row.target else "") if is_full else row.partner
    return Row(
        key=str(row.uid),
        href=href,
        cells=(
            cells.link(title_of(row), href),
            cells.text(place_name(row.source)),
            cells.text(other),
            cells.badge(label, tone, icon),
            cells.number(row.rows or None),
            cells.number(row.moved if row.started_at else None),
            cells.number(row.failed if row.finished_at else None),
            cells.moment(row.created_at),
        ),
    )


def title_of(row: TransferRow) -> str:
    """What a transfer is called."""
    name = row.file_name or _("Selected devices")
    if row.kind is TransferKind.UNDO:
        return _("Undo of %(name)s") % {"name": name}
    return name if row.file_name or row.kind is TransferKind.SELECTION else _("Transfer")


def arrival_table(rows: Sequence[ArrivalRow], customer_id: str, next_href: str) -> Table:
    columns = (
        Column("at", _("Arrived"), "main"),
        Column("partner", _("By the partner")),
        Column("devices", _("Devices"), "num"),
        Column("merged", _("Merged with what was listed"), "num extra"),
        Column("note", _("Note"), "wrap extra"),
    )
    lines = tuple(_arrival_row(row, customer_id) for row in rows)
    return Table(
        _("Arrived devices"),
        columns,
        lines,
        pager=Pager(next_href=next_href) if next_href else None,
    )


def _arrival_row(row: ArrivalRow, customer_id: str) -> Row:
    href = reverse("arrival", args=[customer_id, row.uid])
    return Row(
        key=str(row.uid),
        href=href,
        cells=(
            cells.moment(row.arrived_at),
            cells.text(row.partner),
            cells.number(row.devices),
            cells.number(row.merged),
            cells.text(_("A transfer was undone") if row.is_return else ""),
        ),
    )


def arrived_table(rows: Sequence[OutcomeLine], total: int) -> Table:
    columns = (
        Column("serial", _("Serial number"), "main"),
        Column("manufacturer", _("Manufacturer")),
        Column("note", _("Note"), "wrap"),
    )
    merged = str(OUTCOMES[RowOutcome.MERGED][0])
    lines = tuple(
        Row(
            str(row.row_no),
            (
                cells.code(row.serial),
                cells.text(row.manufacturer),
                cells.text(merged if row.outcome is RowOutcome.MERGED else ""),
            ),
        )
        for row in rows
    )
    return Table(_("Devices that arrived"), columns, lines, count=_first(len(rows), total))


def _first(shown: int, total: int) -> str:
    if total <= shown:
        return ""
    numbers = {"shown": number_text(shown), "total": number_text(total)}
    return _("The first %(shown)s of %(total)s rows") % numbers


def steps() -> tuple[Step, ...]:
    return (Step(_("File")), Step(_("Check")), Step(_("Move")), Step(_("Summary")))


def step_of(state: TransferState) -> int:
    if state in {TransferState.READING, TransferState.MATCHING, TransferState.REFUSED}:
        return 1
    if state in {TransferState.READY, TransferState.DISCARDED}:
        return 2
    return 4 if state in ENDED else 3


def progress(row: TransferRow, is_over: bool) -> Progress:
    """How far a worker is, asking again until it is done."""
    titles = {
        TransferState.READING: _("Reading the file"),
        TransferState.MATCHING: _("Looking for the devices"),
        TransferState.CANCELLING: _("Stopping"),
    }
    poll = reverse("transfer_progress", args=[row.source.customer_id, row.uid])
    moves = row.state in {TransferState.RUNNING, TransferState.CANCELLING}
    return Progress(
        titles.get(row.state, _("Moving the devices")),
        row.done_rows,
        row.rows,
        poll_url="" if is_over else poll,
        note=""
        if moves
        else _("You may leave this page; a notification tells when. Nothing has moved yet."),
    )


def figures(row: TransferRow, *, is_preview: bool) -> tuple[Figure, ...]:
    """Rows by outcome. A preview shows what could be, too, where there is none of it."""
    shown = _SHOWN[row.kind is TransferKind.UNDO, is_preview]
    return tuple(
        Figure(str(OUTCOMES[o][0]), number_text(row.counts.get(o, 0)), OUTCOMES[o][1])
        for o in RowOutcome
        if row.counts.get(o, 0) or (o in shown)
    )


# By whether it is an undo, and whether it is looked at before: what is counted even where it is 0.
_SHOWN: Mapping[tuple[bool, bool], set[RowOutcome]] = {
    (False, True): {
        RowOutcome.FOUND,
        RowOutcome.NOT_FOUND,
        RowOutcome.DUPLICATE,
        RowOutcome.AMBIGUOUS,
    },
    (False, False): {RowOutcome.MOVED},
    (True, True): {RowOutcome.FOUND, RowOutcome.CHANGED_SINCE},
    (True, False): {RowOutcome.RETURNED},
}


def facts(detail: TransferDetail) -> tuple[KeyValue, ...]:
    """How the file was read: shown, so that nothing about it is guessed in silence."""
    reading, row = detail.reading, detail.row
    went, came = (place_name(party) if party else "" for party in ends(row))
    found = [
        (_("From"), went),
        (_("To"), came),
        (_("By the partner"), row.partner),
        (_("Begun by"), actor_text(row.started_by) if row.started_by else ""),
        (_("Rows"), number_text(row.rows) if row.rows else ""),
        (_("Encoding"), reading.encoding),
        (_("Separator"), str(SEPARATORS.get(reading.separator, reading.separator))),
        (_("Sheet"), reading.sheet),
        (_("Sheets not read"), ", ".join(reading.other_sheets)),
        (_("Blank rows"), number_text(reading.blank_rows) if reading.blank_rows else ""),
    ]
    return tuple(KeyValue(label, value) for label, value in found if value)


def ends(row: TransferRow) -> tuple[Party | None, Party | None]:
    """Where the devices leave and where they come to; an undo takes them the other way."""
    if row.kind is TransferKind.UNDO:
        return row.target, row.source
    return row.source, row.target


def searched(row: TransferRow) -> str:
    """Where the devices of a file were looked for, if one was not found there (X2)."""
    if not row.counts.get(RowOutcome.NOT_FOUND):
        return ""
    place = {"name": place_name(row.source)}
    return _("Devices were looked for at %(name)s and nowhere else.") % place


def sight(row: TransferRow) -> tuple[KeyValue, ...]:
    """Who loses and who gains sight of the devices (X5)."""
    went, came = ends(row)
    assert went is not None
    assert came is not None
    # A holding tenant has no users but those of its partner, who keep sight.
    is_held = went.is_holding or came.is_holding
    keeps = _("%(name)s, as partner") if is_held else _("%(name)s, as partner of both")
    lines = [
        (_("Loses sight"), _everybody(went)),
        (_("Gains sight"), _everybody(came)),
        (_("Keeps sight"), keeps % {"name": row.partner}),
    ]
    return tuple(KeyValue(label, text) for label, text in lines if text)


def _everybody(party: Party) -> str:
    return "" if party.is_holding else _("Everybody at %(name)s") % {"name": party.name}


def way(row: TransferRow) -> str:
    """From where to where, in words (X2)."""
    assert row.target is not None
    words = {"source": place_name(row.source), "target": place_name(row.target)}
    if row.kind is TransferKind.UNDO:
        return _("Back from %(target)s to %(source)s") % words
    return _("From %(source)s to %(target)s") % words


def consequences(detail: TransferDetail) -> tuple[KeyValue, ...]:
    """What else follows, and which personal data are sealed (X5, X10)."""
    preview = detail.preview
    personal = [
        (_("Devices with an assigned user"), preview.users),
        (_("Devices with a location"), preview.locations),
        (_("Devices with an asset tag"), preview.tags),
    ]
    follows = [(effect_label(code), number) for code, number in sorted(preview.effects.items())]
    return tuple(
        KeyValue(label, number_text(number)) for label, number in [*personal, *follows] if number
    )


def reasons(detail: TransferDetail, counts: Mapping[RowOutcome, int]) -> tuple[ReasonLine, ...]:
    """What to correct for each kind of failed rows (X13)."""
    lines = [
        ReasonLine(description_of(outcome), counts.get(outcome, 0), advice(outcome, ""))
        for outcome in RowOutcome
        if counts.get(outcome, 0) and outcome not in _FINE and outcome is not RowOutcome.REFUSED
    ]
    lines += [
        ReasonLine(
            description_of(RowOutcome.REFUSED, word), number, advice(RowOutcome.REFUSED, word)
        )
        for word, number in sorted(detail.refusals.items(), key=lambda item: -item[1])
    ]
    return tuple(lines)


MOST_GROUPS = 100
_FINE = {RowOutcome.FOUND, RowOutcome.MOVED, RowOutcome.RETURNED}


def rows_table(rows: Sequence[OutcomeLine], total: int, caption: str) -> Table:
    """The first rows of a kind."""
    columns = (
        Column("row", _("Row"), "num"),
        Column("serial", _("Serial number"), "main"),
        Column("manufacturer", _("Manufacturer"), "extra"),
        Column("outcome", _("Outcome")),
        Column("note", _("What to do"), "wrap"),
    )
    lines = tuple(Row(str(row.row_no), _line(row)) for row in rows)
    return Table(caption, columns, lines, count=_first(len(rows), total))


def _line(row: OutcomeLine) -> tuple[cells.Cell, ...]:
    tone, icon = OUTCOMES[row.outcome][1:]
    return (
        cells.number(row.row_no),
        cells.code(row.serial),
        cells.text(row.manufacturer),
        cells.badge(description_of(row.outcome, row.refusal), tone, icon),
        cells.text(advice(row.outcome, row.refusal)),
    )


def group_table(detail: TransferDetail) -> Table:
    """The customers of a mixed file (X4), the first ones of many."""
    shown = detail.groups[:MOST_GROUPS]
    more = len(detail.groups) - len(shown) + detail.more_groups
    count = _("and %(more)s more") % {"more": number_text(more)} if more else ""
    columns = (
        Column("customer", _("Customer ID"), "main"),
        Column("name", _("Customer")),
        Column("rows", _("Rows"), "num"),
        Column("first", _("First row"), "num"),
        Column("note", _("Note"), "wrap"),
    )
    lines = tuple(
        Row(
            group.customer_id,
            (
                cells.code(group.customer_id),
                cells.text(group.name),
                cells.number(group.rows),
                cells.number(group.first_row),
                cells.badge(_("Can be moved"), Tone.GOOD, "check")
                if group.name
                else cells.badge(_("Stays out"), Tone.BAD, "circle-x"),
            ),
        )
        for group in shown
    )
    return Table(_("Rows by customer"), columns, lines, count=count)


def start_text(row: TransferRow) -> str:
    """What the button does. Without a device it still ends the transfer, with its summary (X7)."""
    if not row.found:
        return _("End with the summary")
    text = (
        ngettext("Move %(count)s device back", "Move %(count)s devices back", row.found)
        if row.kind is TransferKind.UNDO
        else ngettext("Move %(count)s device", "Move %(count)s devices", row.found)
    )
    return text % {"count": number_text(row.found)}
