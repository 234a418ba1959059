"""Bulk changes: watch, cancel, take back, and how each device ended."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Field, Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, csv_answer, listed, once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey, Paging
from fleetward.api.v1.bulk_schemas import (
    BulkChangeOut,
    BulkChangePage,
    BulkItemPage,
    bulk_json,
)
from fleetward.api.v1.bulk_starting import started
from fleetward.devices.bulk.actions import cancel_bulk, undo_bulk
from fleetward.devices.bulk.contracts import BulkItemRow, BulkOutcome
from fleetward.devices.bulk.queries import get_bulk, iterate_items, list_bulk, list_items

router = Router(tags=["bulk changes"])


class ItemQuery(Paging):
    outcome: list[BulkOutcome] = Field([], description="Any of these")


@call(router, "GET /bulk-changes", needs=Capability.SEE_DEVICES, answers=BulkChangePage)
def list_bulk_changes(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the bulk changes of the tenant, latest first."""
    caller = caller_of(request)
    page = list_bulk(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(bulk_json, page.rows), page)


@call(
    router,
    "GET /bulk-changes/{uuid:bulk_change_id}",
    needs=Capability.SEE_DEVICES,
    answers=BulkChangeOut,
)
def get_bulk_change(request: HttpRequest, bulk_change_id: UUID) -> HttpResponse:
    """Show one bulk change with its devices by outcome."""
    return answer(bulk_json(get_bulk(**caller_of(request).one(bulk_change_id))))


@call(
    router,
    "GET /bulk-changes/{uuid:bulk_change_id}/outcomes",
    needs=Capability.SEE_DEVICES,
    answers=BulkItemPage,
)
def list_bulk_outcomes(
    request: HttpRequest, bulk_change_id: UUID, asked: Query[ItemQuery]
) -> HttpResponse:
    """List how each device ended."""
    page = list_items(
        **caller_of(request).one(bulk_change_id),
        outcomes=asked.outcome,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return listed(map(_item_json, page.rows), page)


def _item_json(row: BulkItemRow) -> dict[str, object]:
    return {
        "device_id": row.device,
        "manufacturer": row.manufacturer,
        "serial": row.serial,
        "name": row.name,
        "outcome": row.outcome,
        "refusal": row.refusal,
    }


@call(
    router,
    "GET /bulk-changes/{uuid:bulk_change_id}/outcomes.csv",
    needs=Capability.SEE_DEVICES,
    answers="text/csv",
)
def download_bulk_outcomes(request: HttpRequest, bulk_change_id: UUID) -> HttpResponseBase:
    """Download how each device of a bulk change ended, as CSV."""
    asked = caller_of(request).one(bulk_change_id)
    get_bulk(**asked)
    headers = ["manufacturer", "serial", "name", "outcome", "refusal"]
    rows = (
        [row.manufacturer, row.serial, row.name, row.outcome, row.refusal]
        for row in iterate_items(**asked)
    )
    return csv_answer(headers, rows, name=f"bulk-change-{bulk_change_id}")


@call(
    router,
    "POST /bulk-changes/{uuid:bulk_change_id}/cancel",
    needs=Capability.EDIT_DEVICES,
    answers=BulkChangeOut,
    problems=[409],
)
def cancel_bulk_change(
    request: HttpRequest, bulk_change_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Stop a bulk change after the devices in hand.

    The devices done so far stay done. It takes the right that beginning it took.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        cancel_bulk(**caller.one(bulk_change_id), now=caller.now)
        return bulk_json(get_bulk(**caller.one(bulk_change_id))), ""

    return once(request, key, make, status=200)


@call(
    router,
    "POST /bulk-changes/{uuid:bulk_change_id}/undo",
    needs=Capability.EDIT_DEVICES,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def undo_bulk_change(
    request: HttpRequest, bulk_change_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Take a bulk change back, except where devices have changed since.

    This is a bulk change of its own. It takes the right that doing the opposite takes.
    """
    caller = caller_of(request)
    return started(request, key, lambda: undo_bulk(**caller.one(bulk_change_id), now=caller.now))
