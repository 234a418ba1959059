"""The warranty dashboard (W12): every number opens the list behind it."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from fleetward.access.contracts import Capability
from fleetward.devices.contracts import GroupRow
from fleetward.devices.queries.groups import list_groups
from fleetward.warranty.contracts import Reason, RunState, Status
from fleetward.warranty.queries.dashboard import Dashboard, DashboardFilter, Month, dashboard
from fleetward.warranty.queries.grid_words import read_texts, read_uids
from fleetward.warranty.queries.runs import find_latest_run
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.charts import (
    PALETTE,
    BarChart,
    Count,
    Donut,
    Part,
    Period,
    Rank,
    Series,
    bar_chart,
    donut,
    share_text,
)
from fleetward.web.components.cells import day_text, link_html, month_text, number_text
from fleetward.web.components.shapes import Chip, Filter, FilterBar, Option
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.dashboard_devices import devices_of
from fleetward.web.pages.devices_filter import ALL, VIEW
from fleetward.web.pages.refreshing import refresh_menu
from fleetward.web.pages.selection_bar import selection_bar
from fleetward.web.render import render_page

LOOKS = {
    Status.IN: "is-good",
    Status.EXPIRING: "is-warn",
    Status.OUT: "is-bad",
    Status.UNKNOWN: "is-quiet",
}
# What a month of the chart can hold; Unknown has no date.
DATED = (Status.IN, Status.EXPIRING, Status.OUT)


@dataclass(frozen=True, slots=True)
class TileView:
    """A figure of the top row; without an address it only tells."""

    label: str
    value: int
    note: str
    href: str
    icon: str
    tone: str


@dataclass(frozen=True, slots=True)
class RunTile:
    """The bulk processing figure: devices of the latest run, and what a click does."""

    number: str
    note: str
    href: str
    may_start: bool
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why devices are unknown, what to do about it, and how many there are."""

    label: str
    fix: str
    devices: int
    href: str


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of lists of devices, with the dashboard's own filter kept."""

    list_href: str
    only: DashboardFilter

    def devices(self, *statuses: Status, **more: object) -> str:
        """The list of a part of what is shown; nothing for statuses that the filter leaves out."""
        shown = [s for s in statuses or Status if s in (self.only.statuses or Status)]
        if not shown:
            return ""
        query: list[tuple[str, object]] = [("group", uid) for uid in self.only.groups]
        if "vendor" not in more:
            query += [("vendor", m) for m in self.only.manufacturers]
        if statuses or self.only.statuses:
            query += [("status", s) for s in shown]
        for name, value in more.items():
            query += [(name, one) for one in (value if isinstance(value, list) else [value])]
        # Without a word the list would begin with the view of the reader's role.
        return f"{self.list_href}?{urlencode(query or [(VIEW, ALL)])}"


def filter_of(query: QueryDict) -> DashboardFilter:
    """The filter that an address holds; unknown words are left out."""
    statuses = tuple(Status(s) for s in query.getlist("status") if s in set(Status))
    return DashboardFilter(
        read_texts(query.getlist("vendor")), statuses, read_uids(query.getlist("group"))
    )


@tenant_page(Capability.SEE_WARRANTY, spans=True)
def show(visit: Visit) -> HttpResponseBase:
    """The dashboard of a tenant today; the operator's own has no devices, and begins elsewhere."""
    if visit.may(Capability.OPERATE):
        return redirect("operator_partners", customer_id=visit.tenant.customer_id)
    only = filter_of(visit.request.GET)
    everything = _figures(visit, DashboardFilter())
    figures = everything if only.is_empty else _figures(visit, only)
    links = Links(reverse("devices", args=[visit.tenant.customer_id]), only)
    return render_page(
        visit,
        "warranty/dashboard.html",
        title=_("Dashboard"),
        nav="dashboard",
        has_simulated=figures.simulated > 0,
        context={
            "is_empty": figures.devices == 0 and only.is_empty,
            "may_import": visit.may(Capability.IMPORT_DEVICES),
            "bar": _bar(visit, only, everything),
            "tiles": [*_customers_tile(visit), *_tiles(visit, figures, links)],
            "months": _month_chart(figures.months, visit.today, links),
            "vendors": _vendor_donut(figures, links),
            "statuses": _status_donut(figures, links),
            "reasons": _reasons(figures, links),
            "run": None if visit.is_spanning else _run_tile(visit),
            "refresh": refresh_menu(visit, everything),
            "grid": devices_of(visit, only),
            "picks": selection_bar(visit),
            "list_href": links.devices(),
        },
    )


def _run_tile(visit: Visit) -> RunTile:
    """The figure that starts bulk processing (W6), or shows the one under way (W7)."""
    latest = find_latest_run(actor=visit.actor, tenant=visit.tenant.id)
    customer_id = visit.tenant.customer_id
    if latest is None:
        return RunTile("0", _("No run yet"), "", may_start=visit.may(Capability.REFRESH_WARRANTY))
    is_open = latest.state in {RunState.PLANNING, RunState.RUNNING}
    when = latest.finished_at or latest.created_at
    note = _("Running now") if is_open else _("Last run %(when)s") % {"when": _ago(when, visit.now)}
    return RunTile(
        number=number_text(latest.devices),
        note=note,
        href=reverse("run", args=[customer_id, latest.uid]),
        may_start=not is_open and visit.may(Capability.REFRESH_WARRANTY),
        is_open=is_open,
    )


def _ago(moment: datetime, now: datetime) -> str:
    """Such as “2 hours ago”; under a minute “just now”."""
    if now - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}


def _figures(visit: Visit, only: DashboardFilter) -> Dashboard:
    return dashboard(
        actor=visit.actor,
        tenant=visit.tenant.id,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        only=only,
    )


def _bar(visit: Visit, only: DashboardFilter, everything: Dashboard) -> FilterBar:
    vendors = sorted(everything.by_vendor)
    here = visit.request.path
    groups = list_groups(actor=visit.actor, tenant=visit.tenant.id)
    names = {row.uid: row.name for row in groups}
    chips = [
        Chip(
            _("Group"),
            names.get(uid) or _("Deleted group"),
            _without(here, visit.request.GET, "group", only.groups, uid),
        )
        for uid in only.groups
    ]
    chips += [
        Chip(
            _("Vendor"),
            m,
            _without(here, visit.request.GET, "vendor", only.manufacturers, m),
        )
        for m in only.manufacturers
    ] + [
        Chip(
            _("Status"),
            str(STATUS_LABELS[s]),
            _without(here, visit.request.GET, "status", only.statuses, s),
        )
        for s in only.statuses
    ]
    return FilterBar(
        action=here,
        filters=(
            Filter(
                "vendor",
                _("Vendor"),
                tuple(
                    Option(m, m, m in only.manufacturers, sum(everything.by_vendor[m].values()))
                    for m in vendors
                ),
            ),
            Filter(
                "status",
                _("Status"),
                tuple(
                    Option(s, str(STATUS_LABELS[s]), s in only.statuses, everything.by_status[s])
                    for s in Status
                ),
            ),
            *_group_filter(groups, only),
        ),
        chips=tuple(chips),
        clear_href=here if chips else "",
    )


def _group_filter(groups: Sequence[GroupRow], only: DashboardFilter) -> list[Filter]:
    """Groups of both kinds; without any there is nothing to choose."""
    options = tuple(Option(str(g.uid), g.name, g.uid in only.groups) for g in groups)
    return [Filter("group", _("Group"), options)] if options else []


def _without(
    here: str, query: QueryDict, name: str, values: Sequence[object], value: object
) -> str:
    """The address without one of the values that were read from it, however it spells them."""
    rest = query.copy()
    rest.setlist(name, [str(v) for v in values if v != value])
    return f"{here}?{rest.urlencode()}" if rest else here


def _customers_tile(visit: Visit) -> list[TileView]:
    """Whose devices are shown, under All Customers (T5)."""
    if not visit.is_spanning:
        return []
    number = len(visit.actor.spans.get(visit.tenant.id, ()))
    href = reverse("customers", args=[visit.tenant.customer_id])
    return [TileView(_("Customers"), number, _("that have accepted you"), href, "users", "")]


def _tiles(visit: Visit, figures: Dashboard, links: Links) -> list[TileView]:
    days = visit.tenant.settings.expiring_days
    soon = {"ends_from": visit.today, "ends_to": visit.today + timedelta(days=30)}
    return [
        TileView(
            _("Expired warranties"),
            figures.by_status[Status.OUT],
            _covered(figures, links),
            links.devices(Status.OUT),
            "shield-x",
            "bad",
        ),
        TileView(
            pgettext("number of devices", "Expiring"),
            figures.by_status[Status.EXPIRING],
            ngettext("within %(days)s day", "within %(days)s days", days) % {"days": days},
            links.devices(Status.EXPIRING),
            "clock",
            "warn",
        ),
        TileView(
            _("Expiring within 30 days"),
            figures.within_30_days,
            _("until %(day)s") % {"day": day_text(soon["ends_to"])},
            links.devices(**soon),
            "alert-triangle",
            "warn",
        ),
    ]


def _covered(figures: Dashboard, links: Links) -> str:
    """Expiring counts as in warranty (W10)."""
    href = links.devices(Status.IN, Status.EXPIRING)
    share = share_text(figures.in_warranty, figures.devices)
    return format_html(
        _("{covered} of {total} devices are in warranty, {share}"),
        covered=link_html(number_text(figures.in_warranty), href),
        total=link_html(number_text(figures.devices), links.devices()),
        share=link_html(share, href),
    )


def _month_chart(months: Sequence[Month], today: date, links: Links) -> BarChart:
    series = [Series(str(STATUS_LABELS[s]), LOOKS[s]) for s in DATED]
    return bar_chart(
        "expirations",
        _("Ends of coverage by month, from 18 months ago to 18 months ahead"),
        series,
        [_period(month, today, links) for month in months],
    )


def _period(month: Month, today: date, links: Links) -> Period:
    first = month.first
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    ends = {"ends_from": first, "ends_to": last}
    is_now = (first.year, first.month) == (today.year, today.month)
    return Period(
        name=date_format(first, "F Y"),
        parts=tuple(Count(month.by_status.get(s, 0), links.devices(s, **ends)) for s in DATED),
        href=links.devices(**ends),
        mark=str(first.year) if first.month == 1 else month_text(first),
        rank=_rank(first.month),
        is_past=first < today and not is_now,
        is_now=is_now,
    )


def _rank(month: int) -> Rank:
    if month in {1, 7}:
        return Rank.ALWAYS
    return Rank.USUALLY if month in {4, 10} else Rank.WIDE


def _vendor_donut(figures: Dashboard, links: Links) -> Donut:
    counts = {name: sum(by.values()) for name, by in figures.by_vendor.items()}
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    shown, rest = ranked[: len(PALETTE) - 1], ranked[len(PALETTE) - 1 :]
    parts = [
        Part(name or _("No manufacturer"), counts[name], look, links.devices(vendor=name))
        for name, look in zip(shown, PALETTE, strict=False)
    ]
    if rest:
        # Not the rest by name: they may be more than an address can hold.
        others = links.devices(vendor_not=shown)
        parts.append(Part(_("Others"), sum(counts[n] for n in rest), PALETTE[-1], others))
    return donut("vendors", _("Devices by vendor"), parts, links.devices())


def _status_donut(figures: Dashboard, links: Links) -> Donut:
    parts = [
        Part(str(STATUS_LABELS[s]), figures.by_status[s], LOOKS[s], links.devices(s))
        for s in Status
    ]
    return donut("statuses", _("Devices by status"), parts, links.devices())


def _reasons(figures: Dashboard, links: Links) -> list[ReasonView]:
    ranked = sorted(figures.by_reason.items(), key=lambda item: -item[1])
    return [_reason(reason, devices, links) for reason, devices in ranked]


def _reason(reason: Reason, devices: int, links: Links) -> ReasonView:
    text = REASON_TEXTS[reason]
    href = links.devices(Status.UNKNOWN, reason=reason)
    return ReasonView(str(text.label), str(text.fix), devices, href)


urlpatterns = [path("", show, name="dashboard")]
