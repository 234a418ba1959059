"""The numbers of the warranty dashboard."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema

from fleetward.access.contracts import Capability
from fleetward.api.auth import caller_of
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.dashboard import DashboardFilter, dashboard

router = Router()


class MonthOut(Schema):
    month: date
    by_status: dict[Status, int]


class DashboardOut(Schema):
    today: date
    devices: int
    in_warranty: int
    within_30_days: int
    simulated: int
    by_status: dict[Status, int]
    by_vendor: dict[str, dict[Status, int]]
    by_reason: dict[Reason, int]
    months: list[MonthOut]


@router.get("/dashboard", response=DashboardOut, tags=["warranty"], operation_id="get_dashboard")
def get_dashboard(
    request: HttpRequest,
    vendor: Annotated[list[str], Query(description="Manufacturers; all without")] = [],  # noqa: B006
    status: Annotated[list[Status], Query(description="Statuses; all without")] = [],  # noqa: B006
) -> DashboardOut:
    """All figures of the dashboard from one filtered set. Expiring counts as in warranty."""
    caller = caller_of(request, Capability.SEE_WARRANTY)
    figures = dashboard(
        actor=caller.actor,
        tenant=caller.tenant.id,
        today=caller.today,
        expiring_days=caller.tenant.settings.expiring_days,
        only=DashboardFilter(tuple(vendor), tuple(status)),
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
