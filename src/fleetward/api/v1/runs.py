"""Bulk processing: start, watch, cancel, and how each device ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from ninja import Field, Query, Router
from pydantic import ConfigDict, model_validator

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, csv_answer, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    In,
    Out,
    PageOut,
    Paging,
    sample,
)
from fleetward.api.v1.selection_schemas import SinceSelectedOut
from fleetward.warranty.actions.runs import cancel_run as cancel
from fleetward.warranty.actions.runs import start_run as start
from fleetward.warranty.contracts import ProviderProgress, RunRow, RunScope, RunState, Trigger
from fleetward.warranty.queries import runs as queries
from fleetward.warranty.queries.meant import SCOPES, Meant, meant_by_group, meant_by_view
from fleetward.warranty.queries.schedule import get_schedule
from fleetward.warranty.schedules.actions import refresh_matching

router = Router(tags=["warranty runs"])
SOME_RUN: dict[str, object] = {
    "id": SOME_ID,
    "state": "RUNNING",
    "is_open": True,
    "trigger": "BULK",
    "name": "",
    "scope": None,
    "started_by": "admin@acme.example (CI)",
    "devices": 500,
    "created_at": SOME_TIME,
    "started_at": SOME_TIME,
    "finished_at": None,
    "problem": "",
    "since_selected": None,
}


class NewRun(In):
    """At most one of the three; without, every device."""

    model_config = ConfigDict(json_schema_extra=sample(scope="EXPIRED"))
    scope: RunScope | None = Field(
        None, description="ALL, as without a body, or only those whose coverage has or soon ends"
    )
    view_id: UUID | None = Field(None, description="What a saved view finds")
    group_id: UUID | None = Field(None, description="What a group has")

    @model_validator(mode="after")
    def _one_at_most(self) -> Self:
        given = [self.scope, self.view_id, self.group_id]
        if sum(one is not None for one in given) > 1:
            raise ValueError("Give one of scope, view_id and group_id")
        return self


class RunOut(Out):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_RUN))
    id: UUID
    state: RunState
    is_open: bool = Field(description="Whether it goes on by itself")
    trigger: Trigger = Field(
        description=(
            "BULK: every device; SCHEDULED: those that were due; SELECTION: those that somebody "
            "selected; DEVICE: one"
        )
    )
    name: str = Field(
        description="Of the shared view or the group that it is for, as it was then; else empty"
    )
    scope: RunScope | None = Field(description="EXPIRED or EXPIRING, where it is for these alone")
    started_by: str
    devices: int = Field(description="How many it visits, known once it is planned")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: str = Field(
        description="The code of the error for which it could not go on; empty for none"
    )
    since_selected: SinceSelectedOut | None = Field(
        description="Of a selection, what had become of its devices when the run was planned"
    )


class RunPage(PageOut):
    items: list[RunOut]


class ProgressOut(Out):
    provider: str = Field(description="Empty for devices that no provider answers for")
    found: int
    not_found: int
    failed: dict[str, int] = Field(description="Asked about in vain, by reason")
    skipped: dict[str, int] = Field(description="Not asked about, by reason")
    waiting: int
    simulated: int = Field(description="Answered by a simulator, whatever it said (W20)")


class RunDetailOut(RunOut):
    model_config = ConfigDict(
        json_schema_extra=sample(
            **SOME_RUN,
            providers=[
                {
                    "provider": "dell",
                    "found": 210,
                    "not_found": 4,
                    "failed": {"VENDOR_DOWN": 1},
                    "skipped": {},
                    "waiting": 285,
                    "simulated": 0,
                }
            ],
            devices_per_minute=430.0,
            seconds_left=40,
        )
    )
    providers: list[ProgressOut]
    devices_per_minute: float
    seconds_left: int | None = Field(description="At the present rate; null when nothing is known")


class ScheduleOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(is_on=True, next_on="2026-11-28", due=1250, has_more=False)
    )
    is_on: bool = Field(description="Whether the tenant wants scheduled runs")
    next_on: date = Field(description="The day in whose night the next one begins")
    due: int = Field(
        description="How many devices it visits, as known now, up to 10,000; 0 while they are off"
    )
    has_more: bool = Field(description="Whether it visits more than these")


def run_json(run: RunRow) -> dict[str, object]:
    return {
        "id": run.uid,
        "state": run.state,
        "is_open": run.state.is_open,
        "trigger": run.trigger,
        "name": run.name,
        "scope": run.scope,
        "started_by": run.started_by,
        "devices": run.devices,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "problem": run.problem,
        "since_selected": run.since,
    }


@call(router, "GET /warranty-runs", needs=Capability.SEE_WARRANTY, answers=RunPage)
def list_runs(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the bulk processings and the refreshes of selections, latest first."""
    caller = caller_of(request)
    page = queries.list_runs(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(run_json, page.rows), page)


@call(
    router,
    "POST /warranty-runs",
    needs=Capability.REFRESH_WARRANTY,
    answers=RunOut,
    status=202,
    problems=[404, 409],
)
def start_run(
    request: HttpRequest, body: NewRun | None = None, key: IdempotencyKey = None
) -> HttpResponse:
    """Start bulk processing, or refresh only what is expired or expiring, a view, or a group.

    Bulk processing is one run at a time for a tenant: while one is open, that one is the answer
    (W7), unless it is a scheduled one, which gives way. The others are runs of exactly the devices
    that are meant at this moment, beside it.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        run = _start(caller, body)
        return run_json(run), reverse("api:get_run", args=[run.uid])

    return once(request, key, make, status=202)


def _start(caller: Caller, wanted: NewRun | None) -> RunRow:
    asked: dict[str, Any] = {"actor": caller.actor, "tenant": caller.tenant.id, "now": caller.now}
    meant = _meant(caller, wanted) if wanted else None
    if meant is None:
        return start(**asked)
    return refresh_matching(**asked, query=meant.query, name=meant.name)


def _meant(caller: Caller, wanted: NewRun) -> Meant | None:
    """The devices that are meant; None for bulk processing. Raises: NotFound."""
    if wanted.view_id is not None:
        return meant_by_view(**caller.one(wanted.view_id))
    if wanted.group_id is not None:
        return meant_by_group(**caller.one(wanted.group_id))
    query = SCOPES.get(wanted.scope or RunScope.ALL)
    return Meant(query) if query else None


@call(router, "GET /warranty-runs/schedule", needs=Capability.SEE_WARRANTY, answers=ScheduleOut)
def get_run_schedule(request: HttpRequest) -> ScheduleOut:
    """Show when devices are looked up again by themselves, and how many (W7)."""
    caller = caller_of(request)
    found = get_schedule(actor=caller.actor, tenant=caller.tenant.id, now=caller.now)
    return ScheduleOut(
        is_on=found.is_on, next_on=found.next_on, due=found.due, has_more=found.has_more
    )


@call(
    router,
    "GET /warranty-runs/{uuid:run_id}",
    needs=Capability.SEE_WARRANTY,
    answers=RunDetailOut,
)
def get_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show one run with its progress by provider."""
    caller = caller_of(request)
    asked = caller.one(str(run_id))
    run = queries.get_run(**asked)
    return answer(run_json(run) | _progress(caller, run, queries.get_progress(**asked)))


def _progress(
    caller: Caller, run: RunRow, providers: Sequence[ProviderProgress]
) -> dict[str, object]:
    rate, left = queries.time_left(run, providers, now=caller.now)
    return {
        "providers": providers,
        "devices_per_minute": round(rate, 1),
        "seconds_left": None if left is None else round(left.total_seconds()),
    }


@call(
    router,
    "POST /warranty-runs/{uuid:run_id}/cancel",
    needs=Capability.REFRESH_WARRANTY,
    answers=RunOut,
    problems=[409],
)
def cancel_run(request: HttpRequest, run_id: UUID, key: IdempotencyKey = None) -> HttpResponse:
    """Cancel an open run; what was answered stays."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        return run_json(cancel(**caller.one(str(run_id)), now=caller.now)), ""

    return once(request, key, make, status=200)


@call(
    router,
    "GET /warranty-runs/{uuid:run_id}/outcomes.csv",
    needs=Capability.SEE_WARRANTY,
    answers="text/csv",
)
def download_run_outcomes(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Download how each device of a run ended, as CSV.

    The outcome is FOUND, NOT_FOUND, or the reason why there is no answer. `simulated` is true
    where a simulator answered.
    """
    caller = caller_of(request)
    asked = caller.one(str(run_id))
    queries.get_run(**asked)
    headers = ["manufacturer", "serial", "name", "provider", "outcome", "simulated"]
    rows = (
        [
            row.manufacturer,
            row.serial,
            row.name,
            row.provider,
            row.outcome,
            "true" if row.is_simulated else "",
        ]
        for row in queries.iterate_outcomes(**asked)
    )
    return csv_answer(headers, rows, name=f"run-{run_id}")
