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
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    IfMatch,
    In,
    Out,
    change_sample,
    sample,
)
from fleetward.api.states import versioned, wanted_state
from fleetward.warranty.schedules import queries
from fleetward.warranty.schedules.actions import add_schedule
from fleetward.warranty.schedules.actions import change_schedule as change
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
    "updated_at": SOME_TIME,
}
VIEW, EVERY = "A view that is shared", "How many days lie between two nights of it"


class NewSchedule(In):
    """Give either `view_id` or `group_id`."""

    model_config = ConfigDict(json_schema_extra=sample(group_id=SOME_ID, every_days=7))
    view_id: UUID | None = Field(None, description=VIEW)
    group_id: UUID | None = None
    every_days: int = Field(ge=1, le=LONGEST_PAUSE, description=EVERY)
    next_on: date | None = Field(
        None, description="The day in whose night it starts first; the next one when left out"
    )


class ScheduleChange(In):
    """Only the fields that are given change. A view takes the place of a group, and the reverse."""

    model_config = ConfigDict(json_schema_extra=change_sample(every_days=30))
    view_id: UUID | None = Field(None, description=VIEW)
    group_id: UUID | None = None
    every_days: int = Field(1, ge=1, le=LONGEST_PAUSE, description=EVERY)
    next_on: date | None = Field(
        None, description="The day in whose night it starts next; the next one when null"
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
    updated_at: datetime


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
        "updated_at": row.updated_at,
    }


def _versioned(caller: Caller, schedule_id: UUID) -> HttpResponse:
    row = queries.get_one_schedule(actor=caller.actor, tenant=caller.tenant.id, uid=schedule_id)
    return versioned(_json(row), row.updated_at)


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
    extra=HAS_ETAG,
)
def get_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Show one schedule."""
    return _versioned(caller_of(request), schedule_id)


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
    schedule = ScheduleInput(body.every_days, body.view_id, body.group_id, body.next_on)

    def make() -> tuple[object, str]:
        uid = add_schedule(
            actor=caller.actor, tenant=caller.tenant.id, schedule=schedule, now=caller.now
        )
        row = queries.get_one_schedule(actor=caller.actor, tenant=caller.tenant.id, uid=uid)
        return _json(row), reverse("api:get_schedule", args=[uid])

    return once(request, key, make)


@call(
    router,
    "PATCH /warranty-schedules/{uuid:schedule_id}",
    needs=Capability.REFRESH_WARRANTY,
    answers=RunScheduleOut,
    problems=[412],
    extra=HAS_ETAG,
)
def change_schedule(
    request: HttpRequest, schedule_id: UUID, body: ScheduleChange, state: IfMatch = None
) -> HttpResponse:
    """Change the fields that are given; with `If-Match`, only while nobody else has changed them.

    A night that it had changes it as well: `next_on` moves on.
    """
    caller = caller_of(request)
    given = body.dict(exclude_unset=True)
    change(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=schedule_id,
        changes={name.removesuffix("_id"): value for name, value in given.items()},
        seen=wanted_state(state),
        now=caller.now,
    )
    return _versioned(caller, schedule_id)


@call(
    router,
    "DELETE /warranty-schedules/{uuid:schedule_id}",
    needs=Capability.REFRESH_WARRANTY,
    status=204,
    problems=[412],
)
def delete_schedule(request: HttpRequest, schedule_id: UUID, state: IfMatch = None) -> None:
    """Delete a schedule; a run that it has started goes on.

    With `If-Match`, only while nobody else has changed it.
    """
    caller = caller_of(request)
    delete(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=schedule_id,
        seen=wanted_state(state),
        now=caller.now,
    )
