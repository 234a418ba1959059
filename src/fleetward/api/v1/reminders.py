"""Reminders of the end of coverage: those that were sent, and the forecast (S9)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, Out, PageOut, Paging, sample
from fleetward.warranty.contracts import ReminderCalendar, ReminderPeriod, ReminderRow, Unsent
from fleetward.warranty.queries import reminders as queries

router = Router(tags=["warranty reminders"])


class ReminderOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            device_id=SOME_ID,
            name="PC-00017",
            manufacturer="Dell",
            serial="7XK2M93",
            ends_on="2027-02-20",
            days=90,
            sent_on="2026-11-22",
            is_simulated=False,
        )
    )
    device_id: UUID
    name: str
    manufacturer: str
    serial: str
    ends_on: date
    days: int = Field(description="The threshold: how many days before the end")
    sent_on: date
    is_simulated: bool


class ReminderPage(PageOut):
    items: list[ReminderOut]


class Sent(Paging):
    on: date | None = Field(None, description="Only those of this day")
    group: list[UUID] = Field([], description="Of devices in any of these groups; all without")


class Forecast(Schema):
    group: list[UUID] = Field([], description="Of devices in any of these groups; all without")


class ReminderMonthOut(Out):
    first: date = Field(description="The first day of the month")
    reminders: int
    by_days: dict[int, int] = Field(description="By how many days before the end")
    late: dict[int, int] = Field(
        description="Those of them whose own day is over, as nobody knew of the end by then"
    )
    devices: int


class ReminderDayOut(Out):
    day: date
    reminders: int
    by_days: dict[int, int]
    late: dict[int, int]
    devices: int


class UnsentOut(Out):
    since: date = Field(description="The first day of which nothing was sent")
    reminders: int
    devices: int


class ForecastOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            next_on="2026-11-28",
            months=[
                {
                    "first": "2026-12-01",
                    "reminders": 42,
                    "by_days": {"90": 30, "7": 12},
                    "late": {},
                    "devices": 42,
                }
            ],
            unsent=None,
        )
    )
    next_on: date = Field(description="The day on which the next ones are sent")
    months: list[ReminderMonthOut] = Field(description="This month and the twelve after it")
    unsent: UnsentOut | None = Field(
        description="Reminders that were due hours ago and have not been sent; null for none"
    )


class ForecastDaysOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            next_on="2026-11-28",
            days=[
                {
                    "day": "2026-12-01",
                    "reminders": 3,
                    "by_days": {"90": 2, "7": 1},
                    "late": {},
                    "devices": 3,
                }
            ],
        )
    )
    next_on: date
    days: list[ReminderDayOut] = Field(
        description="Of the month, those on which something may still be sent"
    )


class OfMonth(Forecast):
    month: date | None = Field(None, description="Any day of the month; left out, this month")


@call(router, "GET /warranty-reminders", needs=Capability.SEE_WARRANTY, answers=ReminderPage)
def list_reminders(request: HttpRequest, sent: Query[Sent]) -> HttpResponse:
    """List the reminders that were sent, latest first."""
    caller = caller_of(request)
    page = queries.list_reminders(
        actor=caller.actor,
        tenant=caller.tenant.id,
        today=caller.today,
        sent_on=sent.on,
        groups=sent.group,
        cursor=sent.cursor,
        limit=sent.limit,
    )
    return listed(map(_reminder_json, page.rows), page)


@call(
    router, "GET /warranty-reminders/forecast", needs=Capability.SEE_WARRANTY, answers=ForecastOut
)
def forecast_reminders(request: HttpRequest, only: Query[Forecast]) -> HttpResponse:
    """Count the reminders that the next twelve months bring, if nothing changes."""
    caller = caller_of(request)
    found = queries.forecast_reminders(
        actor=caller.actor, tenant=caller.tenant.id, now=caller.now, groups=only.group
    )
    unsent = queries.find_unsent(actor=caller.actor, tenant=caller.tenant.id, now=caller.now)
    return answer(_calendar_json(found, "months", "first") | {"unsent": _unsent_json(unsent)})


@call(
    router,
    "GET /warranty-reminders/forecast/days",
    needs=Capability.SEE_WARRANTY,
    answers=ForecastDaysOut,
)
def forecast_reminder_days(request: HttpRequest, asked: Query[OfMonth]) -> HttpResponse:
    """Count the reminders that each day of a month brings, if nothing changes."""
    caller = caller_of(request)
    found = queries.forecast_days(
        actor=caller.actor,
        tenant=caller.tenant.id,
        month=asked.month,
        now=caller.now,
        groups=asked.group,
    )
    return answer(_calendar_json(found, "days", "day"))


def _reminder_json(row: ReminderRow) -> dict[str, object]:
    return {
        "device_id": row.device_uid,
        "name": row.name,
        "manufacturer": row.manufacturer,
        "serial": row.serial,
        "ends_on": row.ends_on,
        "days": row.days,
        "sent_on": row.sent_on,
        "is_simulated": row.is_simulated,
    }


def _calendar_json(found: ReminderCalendar, many: str, one: str) -> dict[str, object]:
    periods = [{one: period.first} | _period_json(period) for period in found.periods]
    return {"next_on": found.next_on, many: periods}


def _period_json(period: ReminderPeriod) -> dict[str, object]:
    return {
        "reminders": period.reminders,
        "by_days": {str(days): number for days, number in period.by_days.items()},
        "late": {str(days): number for days, number in period.late.items()},
        "devices": period.devices,
    }


def _unsent_json(unsent: Unsent | None) -> dict[str, object] | None:
    if unsent is None:
        return None
    return {
        "since": unsent.since,
        "reminders": unsent.reminders,
        "devices": unsent.devices,
    }
