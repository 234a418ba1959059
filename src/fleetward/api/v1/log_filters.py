"""Saved filters of the logs: one's own, and the public ones."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Router
from pydantic import ConfigDict, StrictBool

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import SOME_ID, SOME_TIME, IdempotencyKey, IfMatch, In, Out, sample
from fleetward.api.states import versioned, wanted_state, with_state
from fleetward.audit.actions import change_filter, save_filter
from fleetward.audit.actions import delete_filter as delete
from fleetward.audit.contracts import FILTER_NAME_CHARACTERS, LogFilterInput, LogFilterRow
from fleetward.audit.queries import get_filter, list_filters

router = Router(tags=["audit"])
NEEDS = Capability.SEE_AUDIT
SOME_FILTER: dict[str, object] = {
    "name": "Transfers of this week",
    "query": "type=PARTNERS&when=7d",
    "is_public": True,
}


class LogFilterContent(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_FILTER))
    name: str = Field(max_length=FILTER_NAME_CHARACTERS)
    query: str = Field("", description="Filters and order, as the address of the logs holds them")
    is_public: StrictBool = Field(False, description="For all who see the logs of the tenant")


class LogFilterOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(id=SOME_ID, **SOME_FILTER, is_own=True, updated_at=SOME_TIME)
    )
    id: UUID
    name: str
    query: str
    is_public: bool
    is_own: bool
    updated_at: datetime


class LogFiltersOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            filters=[{"id": SOME_ID, **SOME_FILTER, "is_own": True, "updated_at": SOME_TIME}]
        )
    )
    filters: list[LogFilterOut]


def _json(row: LogFilterRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "name": row.kept.name,
        "query": row.kept.query,
        "is_public": row.kept.is_public,
        "is_own": row.is_own,
        "updated_at": row.updated_at,
    }


def _row(caller: Caller, filter_id: UUID) -> LogFilterRow:
    return get_filter(actor=caller.actor, tenant=caller.tenant.id, uid=filter_id)


@call(router, "GET /log-filters", needs=NEEDS, answers=LogFiltersOut)
def list_log_filters(request: HttpRequest) -> HttpResponse:
    """List one's own filters and the public ones, by name."""
    caller = caller_of(request)
    rows = list_filters(actor=caller.actor, tenant=caller.tenant.id)
    return answer({"filters": [_json(row) for row in rows]})


@call(
    router,
    "GET /log-filters/{uuid:filter_id}",
    needs=NEEDS,
    answers=LogFilterOut,
    extra=HAS_ETAG,
)
def get_log_filter(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Show one filter."""
    row = _row(caller_of(request), filter_id)
    return versioned(_json(row), row.updated_at)


@call(
    router,
    "POST /log-filters",
    needs=NEEDS,
    answers=LogFilterOut,
    status=201,
    problems=[409],
    extra=HAS_ETAG,
)
def create_log_filter(
    request: HttpRequest, body: LogFilterContent, key: IdempotencyKey = None
) -> HttpResponse:
    """Keep a filter of the logs under a name."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        uid = save_filter(
            actor=caller.actor,
            tenant=caller.tenant.id,
            kept=LogFilterInput(**body.dict()),
            now=caller.now,
        )
        return _json(_row(caller, uid)), reverse("api:get_log_filter", args=[uid])

    return with_state(once(request, key, make))


@call(
    router,
    "PUT /log-filters/{uuid:filter_id}",
    needs=NEEDS,
    answers=LogFilterOut,
    problems=[409, 412],
    extra=HAS_ETAG,
)
def put_log_filter(
    request: HttpRequest, filter_id: UUID, body: LogFilterContent, state: IfMatch = None
) -> HttpResponse:
    """Replace a filter of one's own; a public one of somebody else takes MANAGE_SETTINGS.

    With `If-Match`, only while nobody else has changed it.
    """
    caller = caller_of(request)
    row = change_filter(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=filter_id,
        kept=LogFilterInput(**body.dict()),
        now=caller.now,
        seen=wanted_state(state),
    )
    return versioned(_json(row), row.updated_at)


@call(router, "DELETE /log-filters/{uuid:filter_id}", needs=NEEDS, status=204)
def delete_log_filter(request: HttpRequest, filter_id: UUID) -> None:
    """Forget a filter; the entries stay."""
    caller = caller_of(request)
    delete(actor=caller.actor, tenant=caller.tenant.id, uid=filter_id, now=caller.now)
