"""Selections: keep exactly these devices for a day, and do one thing with all of them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.errors import WrongCount
from fleetward.api.schemas import IdempotencyKey
from fleetward.api.v1.bulk_schemas import BulkChangeOut
from fleetward.api.v1.bulk_starting import begun, started
from fleetward.api.v1.runs import RunOut, run_json
from fleetward.api.v1.selection_schemas import (
    ConfirmedCount,
    NewSelection,
    NewSelectionOut,
    SelectionEdit,
    SelectionOut,
    new_selection_json,
    selection_json,
)
from fleetward.devices.bulk.actions import select_picked, start_bulk
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, SelectionRow
from fleetward.devices.bulk.queries import get_selection as find
from fleetward.warranty.actions.runs import refresh_selection as refresh
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.meant import known_filter, query_of_view

router = Router(tags=["selections"])


@call(
    router,
    "POST /selections",
    needs=Capability.SEE_DEVICES,
    answers=NewSelectionOut,
    status=201,
    problems=[404, 409],
)
def create_selection(
    request: HttpRequest, body: NewSelection, key: IdempotencyKey = None
) -> HttpResponse:
    """Select devices for a day: one by one, or all that a filter or a view leaves at this moment.

    None is added later. Ids that name no device in sight are left out, and told.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        row = _select(caller, body)
        return new_selection_json(row), reverse("api:get_selection", args=[row.uid])

    return once(request, key, make)


def _select(caller: Caller, body: NewSelection) -> SelectionRow:
    if body.view_id is not None:
        return _select_view(caller, body.view_id)
    if body.filter is None:
        return select_picked(
            actor=caller.actor,
            tenant=caller.tenant.id,
            uids=body.devices or [],
            query="",
            now=caller.now,
        )
    only = body.filter.filter_on(caller.today, caller.tenant.settings.time_zone)
    return _select_all(caller, only, body.filter.address())


def _select_view(caller: Caller, view: UUID) -> SelectionRow:
    """Raises: NotFound, UnfitFilter, which would select more than the view was made for."""
    query = query_of_view(actor=caller.actor, tenant=caller.tenant.id, uid=view)
    zone = caller.tenant.settings.time_zone
    return _select_all(caller, known_filter(query, today=caller.today, zone=zone), query)


def _select_all(caller: Caller, only: DeviceFilter, query: str) -> SelectionRow:
    return select_matching(
        actor=caller.actor,
        tenant=caller.tenant.id,
        only=only,
        query=query,
        today=caller.today,
        expiring_days=caller.expiring_days,
        now=caller.now,
    )


@call(
    router,
    "GET /selections/{uuid:selection_id}",
    needs=Capability.SEE_DEVICES,
    answers=SelectionOut,
)
def get_selection(request: HttpRequest, selection_id: UUID) -> HttpResponse:
    """Show a selection of one's own."""
    return answer(selection_json(_own(caller_of(request), selection_id)))


def _own(caller: Caller, selection_id: UUID) -> SelectionRow:
    """Raises: SelectionGone."""
    return find(actor=caller.actor, tenant=caller.tenant.id, uid=selection_id)


@call(
    router,
    "POST /selections/{uuid:selection_id}/edit",
    needs=Capability.EDIT_DEVICES,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def edit_selection(
    request: HttpRequest, selection_id: UUID, body: SelectionEdit, key: IdempotencyKey = None
) -> HttpResponse:
    """Give every device of a selection the fields that are given; an empty one clears."""
    given = body.dict(exclude_unset=True)
    return begun(request, key, BulkKind.EDIT, selection_id, given)


@call(
    router,
    "POST /selections/{uuid:selection_id}/delete",
    needs=Capability.DELETE_DEVICES,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def delete_selection(
    request: HttpRequest, selection_id: UUID, body: ConfirmedCount, key: IdempotencyKey = None
) -> HttpResponse:
    """Delete every device of a selection.

    They turn inactive, keep their history and answers, and can be restored. In place of the
    security code that a person types, a program gives the number of devices.
    """
    caller = caller_of(request)

    def start() -> BulkRow:
        if body.confirm != _own(caller, selection_id).devices:
            raise WrongCount(body.confirm)
        return start_bulk(
            actor=caller.actor,
            tenant=caller.tenant.id,
            kind=BulkKind.DELETE,
            selection=selection_id,
            params={},
            now=caller.now,
        )

    return started(request, key, start)


@call(
    router,
    "POST /selections/{uuid:selection_id}/restore",
    needs=Capability.EDIT_DEVICES,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def restore_selection(
    request: HttpRequest, selection_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Make the deleted devices of a selection active again."""
    return begun(request, key, BulkKind.RESTORE, selection_id, {})


@call(
    router,
    "POST /selections/{uuid:selection_id}/refresh",
    needs=Capability.REFRESH_WARRANTY,
    answers=RunOut,
    status=202,
    problems=[409],
)
def refresh_selection(
    request: HttpRequest, selection_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Ask the vendors about the devices of a selection (W7), beside any bulk processing.

    While such a run of the selection is open, that one is the answer.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        run = refresh(
            actor=caller.actor, tenant=caller.tenant.id, selection=selection_id, now=caller.now
        )
        return run_json(run), reverse("api:get_run", args=[run.uid])

    return once(request, key, make, status=202)
