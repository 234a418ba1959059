"""Reminders of the end of coverage: those that were sent, and the forecast of a year (S9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra import sql
from fleetward.infra.tx import scoped
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import day_in
from fleetward.kernel.paging import Page, decode_id, page_of
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.contracts import ReminderMonth, ReminderRow
from fleetward.warranty.models import Reminding

MONTHS = 12
MONTHS_OF_YEAR = 12
NEWEST = 2**62
DAY = timedelta(days=1)


@scoped
def list_reminders(
    *,
    actor: Actor,
    tenant: int,
    sent_on: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ReminderRow]:
    """Those that were sent, latest first, or those of one day.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    params = scope(actor, Capability.SEE_WARRANTY).params(tenant) | {
        "sent_on": sent_on,
        "below": decode_id(cursor) if cursor else NEWEST,
        "most": limit + 1,
    }
    rows = [ReminderRow(*row) for row in sql.fetch("warranty", "list_reminders", params)]
    return page_of(rows, limit, lambda row: row.id, lambda row: row)


@scoped
def forecast_reminders(*, actor: Actor, tenant: int, now: datetime) -> list[ReminderMonth]:
    """What this month and the next twelve bring if nothing changes. Raises: NotFound, Forbidden."""
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    settings = get_tenant_by_id(tenant).settings
    today = day_in(settings.time_zone, now)
    done = Reminding.objects.filter(tenant_id=tenant).first()
    seen_from = done.done_to + DAY if done else today
    months = _months(today)
    params = {
        "tenant": tenant,
        "thresholds": list(settings.reminder_days),
        "seen_from": seen_from,
        "first_day": max(seen_from, today),
        "last_day": months[-1] - DAY,
    }
    found: dict[date, dict[int, int]] = {}
    for first, days, reminders in sql.fetch("warranty", "forecast_reminders", params):
        found.setdefault(first, {})[days] = reminders
    return [ReminderMonth(first, found.get(first, {})) for first in months[:-1]]


def _months(today: date) -> list[date]:
    """The first days of this month and of those after it, one more than is shown."""
    present = today.year * MONTHS_OF_YEAR + today.month - 1
    numbers = range(present, present + MONTHS + 2)
    return [date(n // MONTHS_OF_YEAR, n % MONTHS_OF_YEAR + 1, 1) for n in numbers]
