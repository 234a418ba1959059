"""Schedules: what a shared view or a group has is refreshed at night, again and again (W7)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import SOME_ID, SOME_TIME, IdempotencyKey, In, Out, sample
from fleetward.warranty.schedules import queries
from fleetward.warranty.schedules.actions import add_schedule
from fleetward.warranty.schedules.actions import delete_schedule as delete
from fleetward.warranty.schedules.contracts import LONGEST_PAUSE, ScheduleInput, ScheduleRow

router = Router(tags=["warranty schedules"])
SOME_SCHEDULE: dict[str, object] = {
    "id": SOME_ID,
    "name": "Lyon",
    "view_id": None,
    "group_id": SOME_ID,
    "query": f"group={SOME_ID}",
    "every_days": 7,
    "next_on": "2026-12-01",
    "problem": "",
    "latest_run_id": SOME_ID,
    "made_by": "admin@acme.example",
    "created_at": SOME_TIME,
}


class NewSchedule(In):
    """Give either `view_id` or `group_id`."""

    model_config = ConfigDict(json_schema_extra=sample(group_id=SOME_ID, every_days=7))
    view_id: UUID | None = Field(None, description="A view that is shared")
    group_id: UUID | None = None
    every_days: int = Field(ge=1, le=LONGEST_PAUSE)
    begins_on: date | None = Field(
        None, description="The day in whose night it starts first; the next one when left out"
    )


class RunScheduleOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_SCHEDULE))
    id: UUID
    name: str = Field(description="Of its view or group; the last one known, where that is gone")
    view_id: UUID | None
    group_id: UUID | None
    query: str = Field(
        description="Its filter, as the address of the device list holds it; empty where it is gone"
    )
    every_days: int
    next_on: date = Field(description="The day in whose night it starts next")
    problem: str = Field(
        description="The code of the error for which it cannot start, or did not; empty for none"
    )
    latest_run_id: UUID | None
    made_by: str
    created_at: datetime


class ScheduleList(Out):
    model_config = ConfigDict(json_schema_extra=sample(schedules=[SOME_SCHEDULE]))
    schedules: list[RunScheduleOut]


def _json(row: ScheduleRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "name": row.name,
        "view_id": row.view,
        "group_id": row.group,
        "query": row.query,
        "every_days": row.every_days,
        "next_on": row.next_on,
        "problem": row.problem,
        "latest_run_id": row.latest_run.uid if row.latest_run else None,
        "made_by": row.made_by,
        "created_at": row.created_at,
    }


@call(router, "GET /warranty-schedules", needs=Capability.SEE_WARRANTY, answers=ScheduleList)
def list_schedules(request: HttpRequest) -> HttpResponse:
    """List the schedules of views and groups, oldest first; a tenant has at most 50."""
    caller = caller_of(request)
    rows = queries.list_schedules(actor=caller.actor, tenant=caller.tenant.id)
    return answer({"schedules": [_json(row) for row in rows]})


@call(
    router,
    "GET /warranty-schedules/{uuid:schedule_id}",
    needs=Capability.SEE_WARRANTY,
    answers=RunScheduleOut,
)
def get_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Show one schedule."""
    caller = caller_of(request)
    row = queries.get_one_schedule(actor=caller.actor, tenant=caller.tenant.id, uid=schedule_id)
    return answer(_json(row))


@call(
    router,
    "POST /warranty-schedules",
    needs=Capability.REFRESH_WARRANTY,
    answers=RunScheduleOut,
    status=201,
    problems=[409],
)
def create_schedule(
    request: HttpRequest, body: NewSchedule, key: IdempotencyKey = None
) -> HttpResponse:
    """Have a shared view or a group refreshed at night, every so many days.

    Its devices are worked out when it starts.
    """
    caller = caller_of(request)
    schedule = ScheduleInput(body.every_days, body.view_id, body.group_id, body.begins_on)

    def make() -> tuple[object, str]:
        uid = add_schedule(
            actor=caller.actor, tenant=caller.tenant.id, schedule=schedule, now=caller.now
        )
        row = queries.get_one_schedule(actor=caller.actor, tenant=caller.tenant.id, uid=uid)
        return _json(row), reverse("api:get_schedule", args=[uid])

    return once(request, key, make)


@call(
    router,
    "DELETE /warranty-schedules/{uuid:schedule_id}",
    needs=Capability.REFRESH_WARRANTY,
    status=204,
)
def delete_schedule(request: HttpRequest, schedule_id: UUID) -> None:
    """Delete a schedule; a run that it has started goes on."""
    caller = caller_of(request)
    delete(actor=caller.actor, tenant=caller.tenant.id, uid=schedule_id, now=caller.now)
