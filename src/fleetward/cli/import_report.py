"""What `fleetward import` says of a list: how it was read, what to look at, what was refused.

The page of an import shows the same; see `web.pages.import_views`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import click

from fleetward.cli.check_output import printable
from fleetward.devices.contracts import Profile
from fleetward.devices.imports.contracts import (
    Counts,
    ImportDetail,
    Report,
)
from fleetward.devices.texts import PROFILE_LABELS, hint_text, refusal_text

EXAMPLES = 5


def show_list(detail: ImportDetail) -> None:
    """What was found in the file, before anything is stored: nothing about it goes in silence."""
    report = detail.report
    _say(*_how_read(report))
    _say(*(f"  {c.header}: {_filled(c.field, is_ours=c.is_ours)}" for c in report.columns))
    if report.expected.rows:
        _say(f"{report.expected.rows} rows: {_counted(report.expected)}")
    _say(*_refusals(report))
    _say(*_hints(report))
    if report.missing:
        _say(f"No column gives: {', '.join(report.missing)}. Use --mapping or --manufacturer.")


def show_result(detail: ImportDetail) -> None:
    """How the rows ended."""
    _say(_counted(detail.summary.counts), *_refusals(detail.report))


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(printable(line))


def _counted(counts: Counts) -> str:
    return (
        f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged, "
        f"{counts.refused} refused"
    )


def _how_read(report: Report) -> Iterator[str]:
    facts = {
        "Export of": PROFILE_LABELS[Profile(report.profile or Profile.OTHER)],
        "Encoding": report.encoding,
        "Separator": "tab" if report.separator == "\t" else report.separator,
        "Sheet": report.sheet,
        "Sheets not read": ", ".join(report.other_sheets),
        "Blank rows left out": str(report.blank_rows or ""),
    }
    return (f"{name}: {value}" for name, value in facts.items() if value)


def _filled(field: str, *, is_ours: bool) -> str:
    return "written by Fleetward, not imported" if is_ours else field or "not imported"


def _refusals(report: Report) -> Iterator[str]:
    """Each kind with what to do, and where: its first rows, each with the field."""
    rows = sorted((row_no, r.refusal, r.field) for r in report.refused for row_no in r.first)
    places = [(refusal, f"row {row_no} ({field})") for row_no, refusal, field in rows]
    return _told(report.refusals, refusal_text, places)


def _hints(report: Report) -> Iterator[str]:
    """What to look at in rows that are taken as they are: never repaired in silence."""
    if report.hint_counts:
        yield "Worth a look, imported as they are:"
    places = [(hint.code, f"{hint.serial} (row {hint.row_no})") for hint in report.hints]
    yield from _told(report.hint_counts, hint_text, places)


def _told(
    counts: Mapping[str, int], text: Callable[[str], str], places: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """The most frequent first, each with the first places that are known."""
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        shown = [place for of, place in places if of == code][:EXAMPLES]
        more = ", ..." if 0 < len(shown) < count else ""
        yield f"  {count} x {text(code)} {', '.join(shown)}{more}".rstrip()
