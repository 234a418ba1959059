"""The calendar of reminders: what each of twelve months will bring, and each day of one (S9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.warranty.contracts import DueReminder, ReminderCalendar, ReminderPeriod
from fleetward.warranty.queries.reminders import (
    forecast_days,
    forecast_reminders,
    list_late_reminders,
)
from fleetward.web.charts import PALETTE, BarChart, Count, Period, Rank, Series, bar_chart
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, day_text, month_text, number_text
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.group_filter import group_bar, groups_in, words_of
from fleetward.web.pages.reminders import day_of, days_text, tabs_of, unsent_text
from fleetward.web.pages.selection_bar import selection_bar, with_boxes
from fleetward.web.render import render_page

MOST_LATE = 100
LATE = "#late"


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of the devices behind the numbers, and of a month's days."""

    list_href: str
    home: str
    groups: Sequence[UUID] = ()

    @property
    def year(self) -> str:
        """All months."""
        words = urlencode(words_of(self.groups))
        return f"{self.home}?{words}" if words else self.home

    def month(self, first: date) -> str:
        words = [("month", f"{first:%Y-%m}"), *words_of(self.groups)]
        return f"{self.home}?{urlencode(words)}"

    def devices(self, period: ReminderPeriod, days: int) -> str:
        """Late ones are listed with the days of their month."""
        if not period.by_days.get(days):
            return ""
        ends = period.ends(days)
        if ends is None:
            return self.month(period.first) + LATE
        days_of = [("ends_from", ends[0].isoformat()), ("ends_to", ends[1].isoformat())]
        named = [*days_of, *words_of(self.groups)]
        return f"{self.list_href}?{urlencode(named)}"


@tenant_page(Capability.SEE_WARRANTY)
def calendar(visit: Visit) -> HttpResponseBase:
    """Twelve months, or the days of the one in the address."""
    customer_id = visit.tenant.customer_id
    groups = groups_in(visit)
    home = reverse("reminder_calendar", args=[customer_id])
    places = Places(reverse("devices", args=[customer_id]), home, groups)
    month = day_of(visit.request.GET.get("month", "") + "-01")
    found = _found(visit, month)
    late = _late(visit) if month and found.late else []
    bar = selection_bar(visit)
    late_table = _late_table(late[:MOST_LATE], found.next_on, customer_id)
    return render_page(
        visit,
        "reminders/calendar.html",
        title=_("Calendar of reminders"),
        nav="reminders",
        has_simulated=found.is_simulated,
        context={
            "tabs": tabs_of(visit, "reminder_calendar"),
            "unsent": unsent_text(visit),
            "groups": group_bar(visit, groups, ("month", f"{month:%Y-%m}" if month else "")),
            "chart": None if month else _chart(found, _thresholds(visit), places),
            "grid": _table(found, _thresholds(visit), places, month),
            "late": with_boxes(late_table, bar) if late else None,
            "bar": bar,
            "more_late": len(late) > MOST_LATE,
            "late_text": _late_text(found),
            "next_on": day_text(found.next_on),
            "back": places.year if month else "",
            "has_days": bool(_thresholds(visit)),
            "may_set": visit.may(Capability.MANAGE_SETTINGS),
        },
    )


def _found(visit: Visit, month: date | None) -> ReminderCalendar:
    actor, tenant, groups = visit.actor, visit.tenant.id, groups_in(visit)
    if month is None:
        return forecast_reminders(actor=actor, tenant=tenant, now=visit.now, groups=groups)
    return forecast_days(actor=actor, tenant=tenant, month=month, now=visit.now, groups=groups)


def _late(visit: Visit) -> list[DueReminder]:
    return list_late_reminders(
        actor=visit.actor,
        tenant=visit.tenant.id,
        now=visit.now,
        groups=groups_in(visit),
        most=MOST_LATE + 1,
    )


def _thresholds(visit: Visit) -> Sequence[int]:
    return visit.tenant.settings.reminder_days


def _chart(found: ReminderCalendar, thresholds: Sequence[int], places: Places) -> BarChart:
    looks = zip(thresholds, PALETTE, strict=False)
    return bar_chart(
        "reminders",
        _("Reminders by month"),
        [Series(days_text(days), look) for days, look in looks],
        [_bar(month, thresholds, places) for month in found.periods],
    )


def _bar(month: ReminderPeriod, thresholds: Sequence[int], places: Places) -> Period:
    is_january = month.first.month == 1
    return Period(
        name=_month_text(month.first),
        parts=tuple(
            Count(month.by_days.get(days, 0), places.devices(month, days)) for days in thresholds
        ),
        href=places.month(month.first),
        mark=str(month.first.year) if is_january else month_text(month.first),
        rank=Rank.ALWAYS if month.first.month in {1, 4, 7, 10} else Rank.USUALLY,
    )


def _month_text(first: date) -> str:
    return date_format(first, "YEAR_MONTH_FORMAT")


def _table(
    found: ReminderCalendar, thresholds: Sequence[int], places: Places, month: date | None
) -> Table:
    """Of a month those days alone on which something is sent."""
    of_days = month is not None
    columns = (
        Column("first", _("Day") if of_days else _("Month"), css="main"),
        *(Column(f"days-{days}", days_text(days), css="num") for days in thresholds),
        Column("all", _("Reminders"), css="num"),
        Column("devices", _("Devices"), css="num"),
    )
    shown = [one for one in found.periods if one.reminders] if of_days else found.periods
    title = _month_text(month) if month else _("The next twelve months")
    rows = [_line(one, thresholds, places, of_days=of_days) for one in shown]
    return Table(title, columns, tuple(rows))


def _line(
    period: ReminderPeriod, thresholds: Sequence[int], places: Places, *, of_days: bool
) -> Row:
    return Row(
        key=period.first.isoformat(),
        cells=(
            cells.day(period.first)
            if of_days
            else cells.link(_month_text(period.first), places.month(period.first)),
            *(_number(period, days, places) for days in thresholds),
            cells.number(period.reminders),
            cells.number(period.devices),
        ),
    )


def _number(period: ReminderPeriod, days: int, places: Places) -> Cell:
    return cells.number(period.by_days.get(days, 0), places.devices(period, days))


def _late_text(found: ReminderCalendar) -> str:
    """What comes with the next message though its own day is over."""
    if not found.late:
        return ""
    text = ngettext(
        "%(n)s reminder is late, as its day is over: it comes with the message of %(day)s.",
        "%(n)s reminders are late, as their days are over: they come with the message of %(day)s.",
        found.late,
    )
    return text % {"n": number_text(found.late), "day": day_text(found.next_on)}


def _late_table(late: Sequence[DueReminder], next_on: date, customer_id: str) -> Table:
    columns = (
        Column("name", _("Computer name"), css="main"),
        Column("serial", _("Serial number")),
        Column("maker", _("Manufacturer"), css="extra"),
        Column("ends", _("Coverage ends")),
        Column("days", _("Reminder")),
    )
    title = _("Late, told on %(day)s") % {"day": day_text(next_on)}
    return Table(title, columns, tuple(_late_line(one, customer_id) for one in late))


def _late_line(one: DueReminder, customer_id: str) -> Row:
    href = reverse("device", args=[customer_id, one.device_uid])
    return Row(
        key=str(one.device_uid),
        href=href,
        name=one.name or one.serial,
        cells=(
            cells.link(one.name or one.serial, href),
            cells.code(one.serial),
            cells.text(one.manufacturer),
            cells.marked_source(cells.day_html(one.ends_on), is_simulated=one.is_simulated),
            cells.text(days_text(one.days)),
        ),
    )


urlpatterns = [path("warranty/reminders/calendar/", calendar, name="reminder_calendar")]
