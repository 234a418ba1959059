"""S9: run the clock forward, and what is sent is what the calendar told, for each day and month."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.tenancy.models import Tenant
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.contracts import ReminderPeriod
from fleetward.warranty.models import Coverage, Reminder
from fleetward.warranty.queries.reminders import (
    forecast_days,
    forecast_reminders,
    list_late_reminders,
)
from tests.cast import add_devices, make_tenant

pytestmark = pytest.mark.django_db

ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles")
DEVICES = 4
DAY = timedelta(days=1)
# The last days of a month, so that this month and the next are soon over.
PRESENT = st.dates(date(2026, 11, 20), date(2026, 11, 30))
ends = st.none() | st.integers(-5, 45)
past = st.lists(
    # How many days ago reminders were sent, and which device had another end by then.
    st.tuples(st.integers(0, 8), st.integers(0, DEVICES - 1), ends),
    max_size=3,
)


@given(
    present=PRESENT,
    zone=st.sampled_from(ZONES),
    thresholds=st.sets(st.sampled_from([1, 4, 9, 30]), min_size=1),
    now_ends=st.lists(ends, min_size=DEVICES, max_size=DEVICES),
    past=past,
    hour=st.integers(0, 23),
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_s9_the_calendar_comes_true(
    present: date,
    zone: str,
    thresholds: set[int],
    now_ends: list[int | None],
    past: list[tuple[int, int, int | None]],
    hour: int,
) -> None:
    tenant = make_tenant().id
    Tenant.objects.filter(id=tenant).update(
        time_zone=zone, reminder_days=sorted(thresholds, reverse=True)
    )
    devices = add_devices(tenant, DEVICES)
    for ago, which, left in sorted(past, key=itemgetter(0), reverse=True):
        change(tenant, devices[which], present, left)
        send(tenant, present - ago * DAY, zone)
    for device, left in zip(devices, now_ends, strict=True):
        change(tenant, device, present, left)
    now = datetime(present.year, present.month, present.day, hour, tzinfo=ZoneInfo(zone))
    asked = {"actor": system_actor("Tests", tenant), "tenant": tenant, "now": now}
    months = forecast_reminders(**asked)
    firsts = [month.first for month in months.periods[:2]]
    days = [day for first in firsts for day in forecast_days(month=first, **asked).periods]
    late = list_late_reminders(**asked)
    listed = {(day.first, n): in_list(tenant, day, n) for day in days for n in day.by_days}

    end = months.periods[1].latest
    for step in range((end - present).days + 1):
        send(tenant, present + step * DAY, zone)

    with tenant_scope([tenant]):
        sent = list(Reminder.objects.filter(tenant_id=tenant, sent_on__gte=months.next_on))
    expected = Counter((one.sent_on, one.days) for one in sent)
    assert told(days) == expected
    assert told(months.periods[:2]) == Counter(
        (one.sent_on.replace(day=1), one.days) for one in sent
    )
    assert {day.first: day.devices for day in days if day.devices} == devices_by(sent)
    overdue = {(r.ends_on, r.days) for r in sent if r.ends_on - r.days * DAY < r.sent_on}
    assert {(one.ends_on, one.days) for one in late} == overdue
    assert sum(day.reminders for day in days if day.late) >= len(late) == months.late
    for (day, n), found in listed.items():
        if found is not None:
            assert found == expected[day, n]


def test_control_a_forecast_of_another_rule_does_not_come_true(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The comparison above sees it when the calendar begins a day too late."""
    tenant = make_tenant().id
    Tenant.objects.filter(id=tenant).update(reminder_days=[9, 4])
    (device,) = add_devices(tenant, 1)
    present = date(2026, 11, 20)
    change(tenant, device, present, 5)
    send(tenant, present, "UTC")
    whole = sql.statement

    def hasty(context: str, name: str) -> str:
        return whole(context, name).replace("%(first_day)s::date", "%(first_day)s::date + 1")

    now = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("UTC"))
    asked = {"actor": system_actor("Tests", tenant), "tenant": tenant, "now": now}
    (honest,) = [one for one in forecast_days(month=present, **asked).periods if one.reminders]
    monkeypatch.setattr(sql, "statement", hasty)
    wrong = forecast_days(month=present, **asked)
    monkeypatch.undo()
    send(tenant, present + DAY, "UTC")
    with tenant_scope([tenant]):
        (sent_on,) = Reminder.objects.filter(tenant_id=tenant, days=4).values_list("sent_on")[0]
    assert honest.first == sent_on
    assert told(wrong.periods) != Counter({(sent_on, 4): 1})


def told(periods: list[ReminderPeriod]) -> Counter[tuple[date, int]]:
    return Counter({(one.first, days): n for one in periods for days, n in one.by_days.items()})


def devices_by(sent: list[Reminder]) -> dict[date, int]:
    found: dict[date, set[int]] = {}
    for one in sent:
        found.setdefault(one.sent_on, set()).add(one.device_id)
    return {day: len(devices) for day, devices in found.items()}


def in_list(tenant: int, day: ReminderPeriod, days: int) -> int | None:
    """How many devices the filter of a number leaves; None where there is none."""
    found = day.ends(days)
    if found is None:
        return None
    with tenant_scope([tenant]):
        return Coverage.objects.filter(tenant_id=tenant, ends_on__range=found).count()


def send(tenant: int, today: date, zone: str) -> int:
    now = datetime(today.year, today.month, today.day, 23, tzinfo=ZoneInfo(zone))
    return send_reminders(actor=system_actor("Tests", tenant), tenant=tenant, now=now)


def change(tenant: int, device: int, present: date, left: int | None) -> None:
    ends_on = None if left is None else present + timedelta(left)
    with tenant_scope([tenant]):
        Coverage.objects.filter(device_id=device).update(
            ends_on=ends_on, reason="" if ends_on else "NOT_CHECKED"
        )
