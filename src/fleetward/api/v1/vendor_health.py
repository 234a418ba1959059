"""The vendor health board as data: how each connection does."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_TIME, Out, sample
from fleetward.connections.contracts import State
from fleetward.warranty.contracts import Age, KeptFigures, Reason, ServiceHealth
from fleetward.warranty.queries.health import vendor_health

router = Router(tags=["external services"])


class HealthQuery(Schema):
    group: list[UUID] = Field([], description="Of devices in any of these groups; all without")


class EarlierOut(Out):
    """The figures of an earlier day."""

    kept_on: date
    devices: int
    answered: int
    found: int


class ServiceHealthOut(Out):
    provider: str
    label: str
    is_enabled: bool
    state: State
    is_simulated: bool = Field(description="A simulator stands in for the vendor (W20)")
    latest_success_at: datetime | None
    latest_error_at: datetime | None
    used_today: int = Field(description="Calls of the present UTC day")
    calls_per_minute: int = Field(description="The quota that is kept; 0 is none")
    calls_per_day: int = Field(description="The quota of a UTC day that is kept; 0 is none")
    calls_left: int | None = Field(description="Of the UTC day; null without such a quota")
    secret_expires_on: date | None
    secret_days_left: int | None = Field(description="Below zero: it has expired (W3)")
    manufacturers: list[str] = Field(description="Whose devices are asked about here")
    devices: int
    answered: int = Field(description="The vendor has said something of them, be it long ago")
    found: int = Field(description="Answered, and their latest look-up went well")
    by_problem: dict[Reason, int] = Field(description="How the latest look-up of others failed")
    by_age: dict[Age, int] = Field(
        description="When the answer was given: under 7, 30 or 90 days ago, longer ago, or never"
    )
    earlier: EarlierOut | None = Field(
        description="The figures of a week ago, or nearly so; always null of groups"
    )
    drift: float | None = Field(
        description="By how many points of percent `found` of `devices` has changed since"
    )


class HealthBoardOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            today="2026-11-22",
            services=[
                {
                    "provider": "dell",
                    "label": "Dell",
                    "is_enabled": True,
                    "state": "OK",
                    "is_simulated": False,
                    "latest_success_at": SOME_TIME,
                    "latest_error_at": None,
                    "used_today": 12,
                    "calls_per_minute": 0,
                    "calls_per_day": 1000,
                    "calls_left": 988,
                    "secret_expires_on": "2027-11-22",
                    "secret_days_left": 365,
                    "manufacturers": ["Dell"],
                    "devices": 200,
                    "answered": 196,
                    "found": 190,
                    "by_problem": {"NOT_FOUND_AT_VENDOR": 6},
                    "by_age": {"WEEK": 180, "MONTH": 16, "QUARTER": 0, "OLDER": 0, "NEVER": 4},
                    "earlier": {
                        "kept_on": "2026-11-15",
                        "devices": 200,
                        "answered": 196,
                        "found": 192,
                    },
                    "drift": -1.0,
                }
            ],
            others=7,
        )
    )
    today: date = Field(description="The day in the tenant's time zone that all numbers are of")
    services: list[ServiceHealthOut]
    others: int = Field(description="Devices that no connection answers for")


@call(router, "GET /vendor-health", needs=Capability.SEE_CONNECTIONS, answers=HealthBoardOut)
def get_vendor_health(request: HttpRequest, only: Query[HealthQuery]) -> HealthBoardOut:
    """Show how each connection does: its answers, their age, problems, quota and secret.

    Quota and secret are always those of the whole tenant.
    """
    caller = caller_of(request)
    board = vendor_health(
        actor=caller.actor, tenant=caller.tenant.id, now=caller.now, groups=only.group
    )
    return HealthBoardOut(
        today=board.today, services=[_service(one) for one in board.services], others=board.others
    )


def _service(one: ServiceHealth) -> ServiceHealthOut:
    row, figures = one.connection, one.figures
    return ServiceHealthOut(
        provider=row.provider,
        label=one.label,
        is_enabled=row.is_enabled,
        state=row.state,
        is_simulated=one.is_simulated,
        latest_success_at=row.latest_success_at,
        latest_error_at=row.errors[0].at if row.errors else None,
        used_today=row.used_today,
        calls_per_minute=one.limits.per_minute,
        calls_per_day=one.limits.per_day,
        calls_left=one.calls_left,
        secret_expires_on=row.secret_expires_on,
        secret_days_left=one.secret_days_left,
        manufacturers=list(one.manufacturers),
        devices=figures.devices,
        answered=figures.answered,
        found=figures.found,
        by_problem=dict(figures.by_problem),
        by_age=dict(figures.by_age),
        earlier=_earlier(one.earlier) if one.earlier else None,
        drift=None if one.drift is None else round(one.drift, 2),
    )


def _earlier(kept: KeptFigures) -> EarlierOut:
    return EarlierOut(
        kept_on=kept.kept_on, devices=kept.devices, answered=kept.answered, found=kept.found
    )
