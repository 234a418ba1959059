"""Reminders of the end of coverage that were sent (S9); `reminder_calendar` has those to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.warranty.contracts import ReminderRow
from fleetward.warranty.queries.reminders import find_unsent, list_reminders
from fleetward.web.components import cells
from fleetward.web.components.shapes import Tab
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.group_filter import group_bar, groups_in, words_of
from fleetward.web.pages.selection_bar import selection_bar, with_boxes
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_WARRANTY)
def reminders(visit: Visit) -> HttpResponseBase:
    """The latest reminders, or those of one day."""
    get = visit.request.GET
    sent_on = day_of(get.get("on", ""))
    groups, on = groups_in(visit), sent_on.isoformat() if sent_on else ""
    page = list_reminders(
        actor=visit.actor,
        tenant=visit.tenant.id,
        today=visit.today,
        sent_on=sent_on,
        groups=groups,
        cursor=get.get("after"),
    )
    bar = selection_bar(visit)
    return render_page(
        visit,
        "reminders/list.html",
        title=_("Warranty reminders"),
        nav="reminders",
        context={
            "tabs": tabs_of(visit, "reminders"),
            "unsent": unsent_text(visit),
            "grid": with_boxes(_sent(page.rows, visit.tenant.customer_id, sent_on), bar),
            "bar": bar,
            "groups": group_bar(visit, groups, ("on", on)),
            "older": _older(page.after, on, groups),
            "has_days": bool(visit.tenant.settings.reminder_days),
            "may_set": visit.may(Capability.MANAGE_SETTINGS),
        },
        has_simulated=any(row.is_simulated for row in page.rows),
    )


def _older(after: str | None, on: str, groups: Sequence[UUID]) -> str:
    """The query of the next page; '' where there is none."""
    return f"?{urlencode([('on', on), *words_of(groups), ('after', after)])}" if after else ""


def tabs_of(visit: Visit, current: str) -> list[Tab]:
    """What was sent, and what is to come, of the same groups."""
    places = {"reminders": _("Sent"), "reminder_calendar": _("Calendar")}
    words = urlencode(words_of(groups_in(visit)))
    tail = f"?{words}" if words else ""
    return [
        Tab(label, reverse(name, args=[visit.tenant.customer_id]) + tail, name == current)
        for name, label in places.items()
    ]


def unsent_text(visit: Visit) -> str:
    """What the watchdog has to say; '' where all is well."""
    found = find_unsent(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    if found is None:
        return ""
    text = ngettext(
        "%(n)s reminder was due and has not been sent, since %(day)s.",
        "%(n)s reminders were due and have not been sent, since %(day)s.",
        found.reminders,
    )
    return text % {"n": cells.number_text(found.reminders), "day": cells.day_text(found.since)}


def days_text(days: int) -> str:
    """A threshold."""
    return ngettext("%(n)s day before", "%(n)s days before", days) % {"n": days}


def day_of(text: str) -> date | None:
    """The day of an address; None for what is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _sent(rows: Sequence[ReminderRow], customer_id: str, sent_on: date | None) -> Table:
    title = _("Sent")
    if sent_on:
        title = _("Sent on %(day)s") % {"day": cells.day_text(sent_on)}
    columns = (
        Column("name", _("Computer name"), css="main"),
        Column("serial", _("Serial number")),
        Column("maker", _("Manufacturer"), css="extra"),
        Column("ends", _("Coverage ends")),
        Column("days", _("Reminder")),
        Column("sent", _("Sent"), css="extra"),
    )
    return Table(title, columns, tuple(_line(row, customer_id) for row in rows))


def _line(row: ReminderRow, customer_id: str) -> Row:
    href = reverse("device", args=[customer_id, row.device_uid])
    return Row(
        key=str(row.device_uid),
        href=href,
        name=row.name or row.serial,
        cells=(
            cells.link(row.name or row.serial, href),
            cells.code(row.serial),
            cells.text(row.manufacturer),
            cells.marked_source(cells.day_html(row.ends_on), is_simulated=row.is_simulated),
            cells.text(days_text(row.days)),
            cells.day(row.sent_on),
        ),
    )


urlpatterns = [path("warranty/reminders/", reminders, name="reminders")]
