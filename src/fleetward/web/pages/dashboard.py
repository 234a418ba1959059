"""The warranty dashboard (W12): every number opens the list behind it."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpResponseBase, QueryDict
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.dashboard import Dashboard, DashboardFilter, Month, dashboard
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.charts import (
    PALETTE,
    BarChart,
    Donut,
    Part,
    Period,
    Series,
    bar_chart,
    donut,
    share_text,
)
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Chip, Filter, FilterBar, Option
from fleetward.web.door import Visit, tenant_page
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

    def devices(self, **more: object) -> str:
        query: list[tuple[str, object]] = [("vendor", m) for m in self.only.manufacturers]
        if "status" not in more:
            query += [("status", s) for s in self.only.statuses]
        query += more.items()
        return f"{self.list_href}?{urlencode(query)}" if query else self.list_href


def filter_of(query: QueryDict) -> DashboardFilter:
    """The filter that an address holds; unknown words are left out."""
    statuses = tuple(Status(s) for s in query.getlist("status") if s in set(Status))
    return DashboardFilter(tuple(m for m in query.getlist("vendor") if m), statuses)


@tenant_page(Capability.SEE_WARRANTY)
def show(visit: Visit) -> HttpResponseBase:
    """The dashboard of a tenant today."""
    only = filter_of(visit.request.GET)
    figures = _figures(visit, only)
    links = Links(reverse("devices", args=[visit.tenant.customer_id]), only)
    return render_page(
        visit,
        "warranty/dashboard.html",
        title=_("Warranty"),
        nav="dashboard",
        has_simulated=figures.simulated > 0,
        context={
            "is_empty": figures.devices == 0 and not (only.manufacturers or only.statuses),
            "bar": _bar(visit, only),
            "tiles": _tiles(visit, figures, links),
            "months": _month_chart(figures.months, visit.today, links),
            "vendors": _vendor_donut(figures, links),
            "statuses": _status_donut(figures, links),
            "reasons": _reasons(figures, links),
            "list_href": links.devices(),
        },
    )


def _figures(visit: Visit, only: DashboardFilter) -> Dashboard:
    return dashboard(
        actor=visit.actor,
        tenant=visit.tenant.id,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        only=only,
    )


def _bar(visit: Visit, only: DashboardFilter) -> FilterBar:
    everything = _figures(visit, DashboardFilter())
    vendors = sorted(everything.by_vendor)
    here = visit.request.path
    chips = [
        Chip(_("Vendor"), m, _without(here, visit.request.GET, "vendor", m))
        for m in only.manufacturers
    ] + [
        Chip(_("Status"), str(STATUS_LABELS[s]), _without(here, visit.request.GET, "status", s))
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
        ),
        chips=tuple(chips),
        clear_href=here if chips else "",
    )


def _without(here: str, query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(name, [v for v in query.getlist(name) if v != value])
    return f"{here}?{rest.urlencode()}" if rest else here


def _tiles(visit: Visit, figures: Dashboard, links: Links) -> list[TileView]:
    days = visit.tenant.settings.expiring_days
    share = _("%(covered)s of %(all)s devices are in warranty, %(share)s") % {
        "covered": number_text(figures.in_warranty),
        "all": number_text(figures.devices),
        "share": share_text(figures.in_warranty, figures.devices),
    }
    soon = {"ends_from": visit.today, "ends_to": visit.today + timedelta(days=30)}
    return [
        TileView(
            _("Expired warranties"),
            figures.by_status[Status.OUT],
            share,
            links.devices(status=Status.OUT),
            "shield-x",
            "bad",
        ),
        TileView(
            _("Expiring"),
            figures.by_status[Status.EXPIRING],
            ngettext("within %(days)s day", "within %(days)s days", days) % {"days": days},
            links.devices(status=Status.EXPIRING),
            "clock",
            "warn",
        ),
        TileView(
            _("Expiring within 30 days"),
            figures.within_30_days,
            _("until %(day)s") % {"day": date_format(soon["ends_to"], "DATE_FORMAT")},
            links.devices(**soon),
            "alert-triangle",
            "warn",
        ),
    ]


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
    is_now = (first.year, first.month) == (today.year, today.month)
    return Period(
        name=date_format(first, "F Y"),
        values=tuple(month.by_status.get(s, 0) for s in DATED),
        href=links.devices(ends_from=first, ends_to=last),
        mark=str(first.year) if first.month == 1 else date_format(first, "M"),
        is_minor=first.month not in {1, 4, 7, 10},
        is_past=first < today and not is_now,
        is_now=is_now,
    )


def _vendor_donut(figures: Dashboard, links: Links) -> Donut:
    counts = {name: sum(by.values()) for name, by in figures.by_vendor.items()}
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    shown, rest = ranked[: len(PALETTE) - 1], ranked[len(PALETTE) - 1 :]
    parts = [
        Part(name or _("No manufacturer"), counts[name], look, links.devices(vendor=name))
        for name, look in zip(shown, PALETTE, strict=False)
    ]
    if rest:
        others = urlencode([("vendor", name) for name in rest])
        parts.append(
            Part(
                _("Others"),
                sum(counts[name] for name in rest),
                PALETTE[-1],
                f"{links.list_href}?{others}",
            )
        )
    return donut("vendors", _("Devices by vendor"), _("devices"), parts)


def _status_donut(figures: Dashboard, links: Links) -> Donut:
    parts = [
        Part(str(STATUS_LABELS[s]), figures.by_status[s], LOOKS[s], links.devices(status=s))
        for s in Status
    ]
    return donut("statuses", _("Devices by status"), _("devices"), parts)


def _reasons(figures: Dashboard, links: Links) -> list[ReasonView]:
    ranked = sorted(figures.by_reason.items(), key=lambda item: -item[1])
    return [_reason(reason, devices, links) for reason, devices in ranked]


def _reason(reason: Reason, devices: int, links: Links) -> ReasonView:
    text = REASON_TEXTS[reason]
    href = links.devices(status=Status.UNKNOWN, reason=reason)
    return ReasonView(str(text.label), str(text.fix), devices, href)


urlpatterns = [path("", show, name="dashboard")]
