"""Gaps and doubles: days on which devices have no cover, and services that are bought twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import IO
from urllib.parse import urlencode

from django.http import HttpResponseBase, QueryDict
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fleetward.access.contracts import Capability
from fleetward.infra.downloads import download
from fleetward.warranty.actions.exporting import FlawListing, export_devices
from fleetward.warranty.contracts import (
    FlawCount,
    FlawFilter,
    FlawKind,
    FlawLine,
    FlawQuarter,
    FlawRow,
    FlawSummary,
)
from fleetward.warranty.queries.flaws import count_flaws, list_flaws, quarter_of
from fleetward.warranty.texts import KIND_LABELS
from fleetward.web.charts import BarChart, Count, Period, Rank, Series, bar_chart
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, number_text
from fleetward.web.components.shapes import Tab
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.budget import quarter_text
from fleetward.web.pages.dashboard import TileView
from fleetward.web.pages.group_filter import group_bar, groups_in, words_of
from fleetward.web.pages.reminders import day_of
from fleetward.web.pages.selection_bar import selection_bar, with_boxes
from fleetward.web.render import render_page

KIND, QUARTER, AFTER = "kind", "quarter", "after"
LABELS = {
    FlawKind.GAP_AHEAD: gettext_lazy("Gaps to come"),
    FlawKind.GAP_PAST: gettext_lazy("Past gaps"),
    FlawKind.DOUBLE: gettext_lazy("Doubles"),
}
NOTHING = {
    FlawKind.GAP_AHEAD: gettext_lazy(
        "No device loses its cover before another entitlement begins."
    ),
    FlawKind.GAP_PAST: gettext_lazy("No device was without cover between two entitlements."),
    FlawKind.DOUBLE: gettext_lazy("No service is bought twice for the same days."),
}
LOOKS = {
    FlawKind.GAP_AHEAD: ("calendar-off", "bad"),
    FlawKind.GAP_PAST: ("history", "quiet"),
    FlawKind.DOUBLE: ("copy", "warn"),
}


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of this page, and of the devices on it."""

    customer_id: str

    def of(self, only: FlawFilter, route: str = "flaws", after: str = "") -> str:
        words = [*said_in(only), (AFTER, after), *words_of(only.groups)]
        query = urlencode([(name, word) for name, word in words if word])
        address = reverse(route, args=[self.customer_id])
        return f"{address}?{query}" if query else address

    def kind(self, kind: FlawKind, only: FlawFilter) -> str:
        return self.of(FlawFilter(kind, groups=only.groups))

    def quarter(self, quarter: FlawQuarter, only: FlawFilter) -> str:
        return self.of(FlawFilter(FlawKind.GAP_AHEAD, quarter.first, quarter.latest, only.groups))

    def device(self, row: FlawRow) -> str:
        return reverse("device", args=[self.customer_id, row.device_uid])


def said_in(only: FlawFilter) -> list[tuple[str, str]]:
    """The kind and the quarter as an address holds them."""
    kind = "" if only.kind is FlawKind.GAP_AHEAD else str(only.kind)
    return [(KIND, kind), (QUARTER, only.first.isoformat() if only.first else "")]


def asked(visit: Visit) -> FlawFilter:
    """What an address asks for; the gaps to come for anything that makes no sense."""
    get: QueryDict = visit.request.GET
    kinds = {str(kind): kind for kind in FlawKind}
    kind = kinds.get(get.get(KIND, ""), FlawKind.GAP_AHEAD)
    quarter = quarter_of(visit.today, day_of(get.get(QUARTER, "")))
    only = quarter if quarter and kind is FlawKind.GAP_AHEAD else FlawFilter(kind)
    return replace(only, groups=groups_in(visit))


@tenant_page(Capability.SEE_WARRANTY)
def show(visit: Visit) -> HttpResponseBase:
    """The numbers and the first gaps or doubles of one kind, or more of them."""
    only, places = asked(visit), Places(visit.tenant.customer_id)
    after = visit.request.GET.get(AFTER, "")
    actor, tenant, today = visit.actor, visit.tenant.id, visit.today
    page = list_flaws(actor=actor, tenant=tenant, only=only, today=today, cursor=after or None)
    # Whoever reads on has seen the numbers.
    summary = None
    if not after:
        summary = count_flaws(actor=actor, tenant=tenant, today=today, groups=only.groups)
    pager = Pager(next_href=places.of(only, after=page.after)) if page.after else None
    bar = selection_bar(visit)
    return render_page(
        visit,
        "warranty/flaws.html",
        title=_("Gaps and doubles"),
        nav="flaws",
        has_simulated=any(row.is_simulated for row in page.rows)
        or bool(summary and summary.is_simulated),
        context={
            "is_empty": summary is not None and not summary.flaws and not only.groups,
            "groups": group_bar(visit, only.groups, *said_in(only)),
            "tiles": _tiles(summary, only, places) if summary else (),
            "chart": _chart(summary, only, places) if summary else None,
            "tabs": _tabs(only, places),
            "grid": with_boxes(_table(page.rows, only, places, pager, today), bar),
            "bar": bar,
            "nothing": NOTHING[only.kind],
            "quarter": quarter_text(only.first) if only.first else "",
            "all_href": places.kind(only.kind, only),
            "first_href": places.of(only) if after else "",
            "export_href": (
                places.of(only, "flaws_export")
                if page.rows and visit.may(Capability.EXPORT_DEVICES)
                else ""
            ),
        },
    )


def _tiles(summary: FlawSummary, only: FlawFilter, places: Places) -> list[TileView]:
    return [
        TileView(
            str(LABELS[kind]),
            count.flaws,
            _note(kind, count),
            places.kind(kind, only),
            *LOOKS[kind],
        )
        for kind, count in summary.counts.items()
    ]


def _note(kind: FlawKind, count: FlawCount) -> str:
    told = _devices_text(count.devices)
    if kind is FlawKind.DOUBLE:
        running = ngettext("%(n)s not over yet", "%(n)s not over yet", count.running)
        return f"{told}, {running % {'n': number_text(count.running)}}"
    days = ngettext("%(n)s day without cover", "%(n)s days without cover", count.days)
    return f"{told}, {days % {'n': number_text(count.days)}}"


def _devices_text(devices: int) -> str:
    return ngettext("%(n)s device", "%(n)s devices", devices) % {"n": number_text(devices)}


def _tabs(only: FlawFilter, places: Places) -> list[Tab]:
    return [
        Tab(str(label), places.kind(kind, only), kind is only.kind)
        for kind, label in LABELS.items()
    ]


def _chart(summary: FlawSummary, only: FlawFilter, places: Places) -> BarChart:
    return bar_chart(
        "gaps",
        _("Gaps to come by quarter"),
        [Series(_("Gaps"), "is-bad")],
        [_bar(quarter, only, places) for quarter in summary.quarters],
        _("Quarter"),
    )


def _bar(quarter: FlawQuarter, only: FlawFilter, places: Places) -> Period:
    href, name = places.quarter(quarter, only), quarter_text(quarter.first)
    rank = Rank.ALWAYS if quarter.first.month == 1 else Rank.WIDE
    return Period(name, (Count(quarter.gaps, href),), href, name, rank)


def _table(
    rows: Sequence[FlawRow],
    only: FlawFilter,
    places: Places,
    pager: Pager | None,
    today: date,
) -> Table:
    told = _("Bought twice") if only.kind is FlawKind.DOUBLE else _("Covered again by")
    columns = (
        Column("name", _("Computer name"), css="main"),
        Column("model", _("Model"), css="extra"),
        Column("from", _("From")),
        Column("to", _("To")),
        Column("days", _("Days"), css="num"),
        Column("lines", told, css="wrap"),
    )
    return Table(
        str(LABELS[only.kind]),
        columns,
        tuple(_row(row, places, today) for row in rows),
        pager=pager,
    )


def _begin(row: FlawRow, today: date) -> Cell:
    """The first day; a gap that has begun and is not over leaves its device without cover now."""
    is_now = row.kind is FlawKind.GAP_AHEAD and row.starts_on <= today
    now = format_html("<small>{}</small>", _("Now without cover")) if is_now else ""
    return Cell(format_html("{}{}", cells.day_html(row.starts_on), now))


def _row(row: FlawRow, places: Places, today: date) -> Row:
    href = places.device(row)
    return Row(
        key=row.device_uid,
        href=href,
        name=row.name or row.serial,
        cells=(
            cells.link(row.name or row.serial, href, row.serial if row.name else ""),
            cells.text(row.model or row.manufacturer, row.manufacturer if row.model else ""),
            _begin(row, today),
            cells.day(row.ends_on) if row.ends_on else cells.text(_("No end date")),
            cells.number(row.days),
            _lines(row),
        ),
    )


def _lines(row: FlawRow) -> Cell:
    """What was bought twice, with both contracts; or what ends a gap."""
    mark = cells.simulated_html(is_short=True) if row.is_simulated else ""
    name = format_html("{} {}", name_text(row.lines[0]), mark)
    if row.kind is not FlawKind.DOUBLE:
        return Cell(name)
    notes = [format_html("<small>{}</small>", _line_text(line)) for line in row.lines]
    return Cell(format_html("{}{}{}", name, *notes))


def name_text(line: FlawLine) -> str:
    return line.name or str(KIND_LABELS[line.kind])


def _line_text(line: FlawLine) -> str:
    days = [
        cells.day_text(day) if day else _("no end date") for day in (line.starts_on, line.ends_on)
    ]
    told = (str(KIND_LABELS[line.kind]), line.number, " – ".join(days))
    return " · ".join(part for part in told if part)


@tenant_page(Capability.EXPORT_DEVICES)
def export(visit: Visit) -> HttpResponseBase:
    """All of them that the same address shows, as CSV."""
    only = asked(visit)

    def write(out: IO[bytes]) -> None:
        export_devices(
            actor=visit.actor,
            tenant=visit.tenant.id,
            listing=FlawListing(only, _headers(), _cells, visit.today),
            out=out,
            now=visit.now,
        )

    return download(write, name=f"gaps-and-doubles-{visit.today}.csv")


def _headers() -> list[str]:
    entitlement = [_("Entitlement"), _("Kind"), _("Number"), _("Starts"), _("Ends")]
    return [
        _("Computer name"),
        _("Serial number"),
        _("Manufacturer"),
        _("Model"),
        _("Gap or double"),
        _("From"),
        _("To"),
        _("Days"),
        *entitlement,
        *[_("Second: %(column)s") % {"column": column} for column in entitlement],
        _("Simulated"),
    ]


def _cells(row: FlawRow) -> list[str]:
    days = [day.isoformat() if day else _("No end date") for day in (row.starts_on, row.ends_on)]
    told = [cell for line in row.lines for cell in _line_cells(line)]
    return [
        row.name,
        row.serial,
        row.manufacturer,
        row.model,
        str(ONE_LABELS[row.kind]),
        *days,
        "" if row.days is None else str(row.days),
        *told,
        *[""] * (2 * LINE_CELLS - len(told)),
        _("yes") if row.is_simulated else _("no"),
    ]


ONE_LABELS = {
    FlawKind.GAP_AHEAD: gettext_lazy("Gap to come"),
    FlawKind.GAP_PAST: gettext_lazy("Past gap"),
    FlawKind.DOUBLE: gettext_lazy("Double"),
}
LINE_CELLS = 5


def _line_cells(line: FlawLine) -> list[str]:
    days = [day.isoformat() if day else "" for day in (line.starts_on, line.ends_on)]
    return [line.name, str(KIND_LABELS[line.kind]), line.number, *days]


BASE = "warranty/gaps/"
urlpatterns = [
    path(BASE, show, name="flaws"),
    path(f"{BASE}export.csv", export, name="flaws_export"),
]
