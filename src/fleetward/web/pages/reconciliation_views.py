"""What the pages of ordered devices show: numbers, filters, rows, the file, and what to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fleetward.devices.ordered.contracts import OrderedRow, OrderedState, Wanted
from fleetward.devices.ordered.queries import Reconciliation
from fleetward.kernel.paging import Page
from fleetward.web.advice import refusal_told
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Figure, Tone
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit

PAGE_ROWS, MOST_TOLD = 100, 10
STATES = {
    OrderedState.SEEN: (gettext_lazy("In Unassigned Devices"), Tone.GOOD, "circle-check"),
    OrderedState.TRANSFERRED: (pgettext_lazy("device", "Transferred"), Tone.QUIET, "transfer"),
    OrderedState.DELETED: (gettext_lazy("Deleted there"), Tone.QUIET, "trash"),
    OrderedState.MISSING: (gettext_lazy("Missing"), Tone.WARN, "alert-triangle"),
}


def wanted_of(visit: Visit) -> Wanted:
    """What the address asks for; words that mean nothing are left out."""
    asked = visit.request.GET
    states = [state for state in OrderedState if state in asked.getlist("state")]
    return Wanted(states, asked.get("q", "").strip()[:80])


def context_of(visit: Visit, found: Reconciliation, here: str) -> dict[str, object]:
    """For the template: numbers that open their rows, and a page of rows."""
    wanted, counts = wanted_of(visit), found.counts()
    page = found.page(wanted, now=visit.now, cursor=visit.request.GET.get("after"), limit=PAGE_ROWS)
    return {
        "figures": _figures(counts, here),
        "is_empty": not sum(counts.values()),
        "is_filtered": bool(wanted.states or wanted.search),
        "missing": counts[OrderedState.MISSING],
        "search": wanted.search,
        "states": [str(state) for state in wanted.states],
        "here": here,
        "grid": _table(page, wanted, here),
    }


def _figures(counts: Mapping[OrderedState, int], here: str) -> tuple[Figure, ...]:
    whole = Figure(_("Ordered"), number_text(sum(counts.values())), Tone.QUIET, href=here)
    return (
        whole,
        *(
            Figure(
                str(STATES[state][0]),
                number_text(number),
                STATES[state][1],
                href=f"{here}?{urlencode({'state': str(state)})}" if number else "",
            )
            for state, number in counts.items()
            if number or state is not OrderedState.DELETED
        ),
    )


def _table(page: Page[OrderedRow], wanted: Wanted, here: str) -> Table:
    pager = None
    if page.after:
        asked = [*(("state", str(state)) for state in wanted.states), ("after", page.after)]
        if wanted.search:
            asked.append(("q", wanted.search))
        pager = Pager(next_href=f"{here}?{urlencode(asked)}")
    return Table(
        caption=_("Ordered devices"),
        columns=(
            Column("serial", _("Serial number"), "main"),
            Column("manufacturer", _("Manufacturer")),
            Column("product", _("Product number"), "extra"),
            Column("order", _("Order number")),
            Column("since", _("Since")),
            Column("location", _("Partner ID"), "extra"),
            Column("state", _("State")),
            Column("waits", _("Days waiting"), "num"),
        ),
        rows=tuple(Row(f"{n}", _line(row)) for n, row in enumerate(page.rows)),
        pager=pager,
    )


def _line(row: OrderedRow) -> tuple[cells.Cell, ...]:
    return (
        cells.code(row.serial),
        cells.text(row.manufacturer),
        cells.text(row.product_number),
        cells.text(row.order_number),
        cells.text(cells.day_text(row.since)),
        cells.text(row.location),
        cells.badge(*STATES[row.state]),
        cells.number(row.waits),
    )


def file_headers() -> list[str]:
    return [
        _("Serial number"),
        _("Manufacturer"),
        _("Product number"),
        _("Order number"),
        _("Since"),
        _("Partner ID"),
        _("State"),
        _("Days waiting"),
    ]


def file_line(row: OrderedRow) -> Sequence[str]:
    return (
        row.serial,
        row.manufacturer,
        row.product_number,
        row.order_number,
        row.since.isoformat(),
        row.location,
        str(STATES[row.state][0]),
        "" if row.waits is None else str(row.waits),
    )


def refused_text(refused: Mapping[int, str]) -> str:
    """Which rows of a list were left out, and why."""
    told = [
        _("row %(row)s: %(reason)s") % {"row": row, "reason": refusal_told(code).sentences}
        for row, code in list(refused.items())[:MOST_TOLD]
    ]
    more = len(refused) - len(told)
    if more:
        told.append(_("and %(more)s more") % {"more": number_text(more)})
    return _("Left out: %(rows)s") % {"rows": "; ".join(told)}
