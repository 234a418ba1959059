"""Saved views of the device list: one's own, and those that are shared."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router
from pydantic import ConfigDict, StrictBool

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
    PageOut,
    Paging,
    sample,
)
from fleetward.api.states import versioned, wanted_state, with_state
from fleetward.devices.actions import change_view, save_view
from fleetward.devices.actions import delete_view as delete
from fleetward.devices.contracts import VIEW_NAME_CHARACTERS, ViewInput, ViewRow
from fleetward.devices.queries import views as queries

router = Router(tags=["views"])
SOME_VIEW: dict[str, object] = {
    "name": "Out of warranty in Lyon",
    "query": "status=OUT&where=location%3Ais%3ALyon",
    "columns": "",
    "is_shared": True,
    "default_role": "",
}


class ViewContent(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_VIEW))
    name: str = Field(max_length=VIEW_NAME_CHARACTERS)
    query: str = Field("", description="Filters and order, as the address of the list holds them")
    columns: str = Field("", description="Columns and widths, as the address holds them")
    is_shared: StrictBool = Field(description="For all who see devices of the tenant")
    default_role: str = Field("", description="Users of that role find it first; empty for none")


class ViewOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(id=SOME_ID, **SOME_VIEW, is_own=True, updated_at=SOME_TIME)
    )
    id: UUID
    name: str
    query: str
    columns: str
    is_shared: bool
    default_role: str
    is_own: bool
    updated_at: datetime


class ViewPage(PageOut):
    items: list[ViewOut]


def _json(row: ViewRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "name": row.view.name,
        "query": row.view.query,
        "columns": row.view.columns,
        "is_shared": row.view.is_shared,
        "default_role": row.view.default_role,
        "is_own": row.is_own,
        "updated_at": row.updated_at,
    }


def _row(caller: Caller, view_id: UUID) -> ViewRow:
    return queries.get_view(actor=caller.actor, tenant=caller.tenant.id, uid=view_id)


@call(router, "GET /views", needs=Capability.SEE_DEVICES, answers=ViewPage)
def list_views(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List one's own views and the shared ones, by name."""
    caller = caller_of(request)
    page = queries.page_views(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return answer({"items": [_json(row) for row in page.rows], "next": page.after})


@call(
    router,
    "GET /views/{uuid:view_id}",
    needs=Capability.SEE_DEVICES,
    answers=ViewOut,
    extra=HAS_ETAG,
)
def get_view(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Show one view."""
    row = _row(caller_of(request), view_id)
    return versioned(_json(row), row.updated_at)


@call(
    router,
    "POST /views",
    needs=Capability.SEE_DEVICES,
    answers=ViewOut,
    status=201,
    problems=[409],
    extra=HAS_ETAG,
)
def create_view(
    request: HttpRequest, body: ViewContent, key: IdempotencyKey = None
) -> HttpResponse:
    """Keep a list under a name; what a role finds first takes MANAGE_SETTINGS."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        uid = save_view(
            actor=caller.actor,
            tenant=caller.tenant.id,
            view=ViewInput(**body.dict()),
            now=caller.now,
        )
        return _json(_row(caller, uid)), reverse("api:get_view", args=[uid])

    return with_state(once(request, key, make))


@call(
    router,
    "PUT /views/{uuid:view_id}",
    needs=Capability.SEE_DEVICES,
    answers=ViewOut,
    problems=[409, 412],
    extra=HAS_ETAG,
)
def put_view(
    request: HttpRequest, view_id: UUID, body: ViewContent, state: IfMatch = None
) -> HttpResponse:
    """Replace a view of one's own; a shared one of somebody else takes MANAGE_SETTINGS.

    With `If-Match`, only while nobody else has changed it.
    """
    caller = caller_of(request)
    row = change_view(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=view_id,
        view=ViewInput(**body.dict()),
        now=caller.now,
        seen=wanted_state(state),
    )
    return versioned(_json(row), row.updated_at)


@call(
    router,
    "DELETE /views/{uuid:view_id}",
    needs=Capability.SEE_DEVICES,
    status=204,
    problems=[412],
)
def delete_view(request: HttpRequest, view_id: UUID, state: IfMatch = None) -> None:
    """Forget a view; the devices in it stay. With `If-Match`, only while nobody else changed it."""
    caller = caller_of(request)
    delete(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=view_id,
        now=caller.now,
        seen=wanted_state(state),
    )
