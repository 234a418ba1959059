"""Reminders of the end of coverage: those that were sent, and the forecast of a year (S9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.infra.tx import scoped, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.paging import Page, decode_id, page_of
from fleetward.tenancy.queries import get_tenant_by_id, list_births, list_settings
from fleetward.warranty.contracts import (
    DueReminder,
    ReminderCalendar,
    ReminderPeriod,
    ReminderRow,
    Unsent,
)
from fleetward.warranty.models import Reminding
from fleetward.warranty.queries.grid_members import Among
from fleetward.warranty.rules import UNSENT_AFTER, is_unsent

MONTHS = 12
MONTHS_OF_YEAR = 12
NEWEST = 2**62
DAY = timedelta(days=1)


@scoped
def list_reminders(
    *,
    actor: Actor,
    tenant: int,
    today: date,
    sent_on: date | None = None,
    groups: Sequence[UUID] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ReminderRow]:
    """Those that were sent, latest first, or those of one day; of some groups as they are today.

    Raises: NotFound, Forbidden, BadCursor.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    params = scope(actor, Capability.SEE_WARRANTY).params(tenant) | {
        "sent_on": sent_on,
        "below": decode_id(cursor) if cursor else NEWEST,
        "most": limit + 1,
    }
    among = Among(actor, tenant, groups, today)
    found = among.fetch("list_reminders", params, device="r.device_id")
    rows = [ReminderRow(*row) for row in found]
    return page_of(rows, limit, lambda row: row.id, lambda row: row)


@scoped
def forecast_reminders(
    *, actor: Actor, tenant: int, now: datetime, groups: Sequence[UUID] = ()
) -> ReminderCalendar:
    """What this month and the next twelve bring if nothing changes, of all devices or of those that
    are in some groups today. Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    asked = _asked(actor, tenant, now, groups)
    return _forecast(asked, "month", _months(asked.today))


@scoped
def forecast_days(
    *,
    actor: Actor,
    tenant: int,
    month: date | None,
    now: datetime,
    groups: Sequence[UUID] = (),
) -> ReminderCalendar:
    """The same for each day of a month, or of this one, on which something may still be sent; none
    of a month that is over, or that `forecast_reminders` does not reach.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    asked = _asked(actor, tenant, now, groups)
    months = _months(asked.today)
    first = (month or asked.today).replace(day=1)
    if first not in months[:-1]:
        return ReminderCalendar(asked.next_on, (), is_simulated=False)
    latest = months[months.index(first) + 1]
    begins_on = max(first, asked.next_on)
    if begins_on >= latest:
        # Of a tenant that moved to a zone where it is the month before, which is done already.
        return ReminderCalendar(asked.next_on, (), is_simulated=False)
    days = [begins_on + DAY * n for n in range((latest - begins_on).days + 1)]
    return _forecast(asked, "day", days)


@scoped
def list_late_reminders(
    *,
    actor: Actor,
    tenant: int,
    now: datetime,
    groups: Sequence[UUID] = (),
    most: int = 100,
) -> list[DueReminder]:
    """Those whose own day is over and that the next message tells of, the first ends first.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    asked = _asked(actor, tenant, now, groups)
    params = scope(actor, Capability.SEE_WARRANTY).params(tenant) | {
        "thresholds": list(asked.thresholds),
        "seen_from": asked.seen_from,
        "first_day": asked.next_on,
        "most": most,
    }
    rows = asked.among.fetch("list_late_reminders", params, device="r.device_id")
    return [DueReminder(*row) for row in rows]


@scoped
def find_unsent(*, actor: Actor, tenant: int, now: datetime) -> Unsent | None:
    """The reminders that are due and should have been sent hours ago; None where all is well.

    Raises: NotFound, Forbidden.
    """
    require(actor, Capability.SEE_WARRANTY, tenant=tenant)
    asked = _asked(actor, tenant, now)
    local = now.astimezone(asked.zone)
    done_to = _done_to(asked.done_to, list_births([tenant])[tenant], asked.zone)
    if not is_unsent(local, done_to):
        return None
    # In its first hours a day is not late yet.
    late = replace(asked, today=(local - UNSENT_AFTER).date())
    found = _forecast(late, "day", [late.today, late.today + DAY]).periods[0]
    return Unsent(done_to + DAY, found.reminders, found.devices) if found.reminders else None


def _done_to(done_to: date | None, born_at: datetime, zone: ZoneInfo) -> date:
    """Of what was due on the day on which a tenant was made nobody is told before the next one."""
    return done_to or born_at.astimezone(zone).date()


def tenants_unsent(*, now: datetime) -> list[int]:
    """Those where reminders of a day should have been sent hours ago, and were not looked for."""
    settings = list_settings()
    births = list_births(settings)
    with tenant_scope(settings):
        done = dict(Reminding.objects.values_list("tenant_id", "done_to"))
    found = []
    for tenant, one in settings.items():
        zone = ZoneInfo(one.time_zone)
        if is_unsent(now.astimezone(zone), _done_to(done.get(tenant), births[tenant], zone)):
            found.append(tenant)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the next sending starts from."""

    actor: Actor
    tenant: int
    groups: Sequence[UUID]
    thresholds: Sequence[int]
    zone: ZoneInfo
    today: date
    done_to: date | None
    seen_from: date

    @property
    def next_on(self) -> date:
        return max(self.seen_from, self.today)

    @property
    def among(self) -> Among:
        return Among(self.actor, self.tenant, self.groups, self.today)


def _asked(actor: Actor, tenant: int, now: datetime, groups: Sequence[UUID] = ()) -> _Asked:
    settings = get_tenant_by_id(tenant).settings
    zone = ZoneInfo(settings.time_zone)
    today = now.astimezone(zone).date()
    done = Reminding.objects.filter(tenant_id=tenant).first()
    done_to = done.done_to if done else None
    seen_from = done_to + DAY if done_to else today
    days = settings.reminder_days
    return _Asked(actor, tenant, groups, days, zone, today, done_to, seen_from)


def _forecast(asked: _Asked, unit: str, firsts: Sequence[date]) -> ReminderCalendar:
    """The periods that begin on these days, but for the last of them, where the others are over."""
    params = {
        "tenant": asked.tenant,
        "thresholds": list(asked.thresholds),
        "seen_from": asked.seen_from,
        "first_day": asked.next_on,
        "last_day": firsts[-1] - DAY,
        "unit": unit,
    }
    rows = asked.among.fetch("forecast_reminders", params, device="device_id")
    found: dict[date, list[tuple[int | None, int, int, int]]] = {}
    for first, *numbers, _is_simulated in rows:
        found.setdefault(first, []).append(tuple(numbers))
    periods = [
        _period(asked, first, after - DAY, found.get(first, []))
        for first, after in pairwise(firsts)
    ]
    return ReminderCalendar(asked.next_on, periods, any(row[-1] for row in rows))


def _period(
    asked: _Asked, first: date, latest: date, rows: Sequence[tuple[int | None, int, int, int]]
) -> ReminderPeriod:
    return ReminderPeriod(
        first=first,
        begins_on=max(first, asked.next_on),
        latest=latest,
        seen_from=asked.seen_from,
        is_begun=asked.done_to is not None,
        by_days={days: number for days, number, _, _ in rows if days is not None},
        late={days: late for days, _, late, _ in rows if days is not None and late},
        devices=next((devices for days, _, _, devices in rows if days is None), 0),
    )


def _months(today: date) -> list[date]:
    """The first days of this month and of those after it, one more than is shown."""
    present = today.year * MONTHS_OF_YEAR + today.month - 1
    numbers = range(present, present + MONTHS + 2)
    return [date(n // MONTHS_OF_YEAR, n % MONTHS_OF_YEAR + 1, 1) for n in numbers]
