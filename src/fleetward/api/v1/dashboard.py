"""The numbers of the warranty dashboard."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.auth import caller_of
from fleetward.api.calls import SPANS, call
from fleetward.api.schemas import Out, sample
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.dashboard import DashboardFilter, dashboard

router = Router(tags=["warranty"])
SOME_COUNTS = {"IN": 310, "EXPIRING": 40, "OUT": 120, "UNKNOWN": 30}


class DashboardQuery(Schema):
    manufacturer: list[str] = Field([], description="Any of these; all without")
    status: list[Status] = Field([], description="Any of these; all without")
    group: list[UUID] = Field([], description="In any of these groups; all without")


class MonthOut(Out):
    month: date = Field(description="The first day of the month")
    by_status: dict[Status, int]


class DashboardOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            today="2026-11-22",
            devices=500,
            in_warranty=350,
            within_30_days=9,
            simulated=0,
            by_status=SOME_COUNTS,
            by_vendor={"Dell": SOME_COUNTS},
            by_reason={"NOT_FOUND_AT_VENDOR": 30},
            months=[{"month": "2026-11-01", "by_status": {"EXPIRING": 4, "OUT": 1}}],
        )
    )
    today: date = Field(description="The day in the tenant's time zone that all numbers are of")
    devices: int
    in_warranty: int = Field(description="Expiring counts as in warranty (W10)")
    within_30_days: int
    simulated: int = Field(description="Answered by a simulator (W20)")
    by_status: dict[Status, int]
    by_vendor: dict[str, dict[Status, int]]
    by_reason: dict[Reason, int]
    months: list[MonthOut] = Field(description="Ends, from 18 months ago to 18 months ahead")


@call(router, "GET /dashboard", needs=Capability.SEE_WARRANTY, answers=DashboardOut, extra=SPANS)
def get_dashboard(request: HttpRequest, only: Query[DashboardQuery]) -> DashboardOut:
    """Show all numbers of the dashboard, of one filtered set."""
    caller = caller_of(request)
    figures = dashboard(
        actor=caller.actor,
        tenant=caller.tenant.id,
        today=caller.today,
        expiring_days=caller.expiring_days,
        only=DashboardFilter(
            tuple(only.manufacturer), tuple(only.status), tuple(dict.fromkeys(only.group))
        ),
    )
    return DashboardOut(
        today=figures.today,
        devices=figures.devices,
        in_warranty=figures.in_warranty,
        within_30_days=figures.within_30_days,
        simulated=figures.simulated,
        by_status=dict(figures.by_status),
        by_vendor={name: dict(by) for name, by in figures.by_vendor.items()},
        by_reason=dict(figures.by_reason),
        months=[MonthOut(month=m.first, by_status=dict(m.by_status)) for m in figures.months],
    )
