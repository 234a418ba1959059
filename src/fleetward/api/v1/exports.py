"""Exports as jobs: lists of devices as files, which a worker writes and which are kept for days."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey, Paging
from fleetward.api.v1.export import COLUMNS, PLAIN
from fleetward.api.v1.export_schemas import ExportOut, ExportPage, NewExport, export_json
from fleetward.infra.downloads import BYTES, download_kept
from fleetward.warranty.exports import actions
from fleetward.warranty.exports.contracts import Day
from fleetward.warranty.exports.queries import get_export as find
from fleetward.warranty.exports.queries import list_exports as find_all
from fleetward.warranty.queries.export import Sheet
from fleetward.warranty.queries.meant import known_filter, query_of_view

router = Router(tags=["exports"])


@call(
    router,
    "POST /exports",
    needs=Capability.EXPORT_DEVICES,
    answers=ExportOut,
    status=202,
    problems=[409],
)
def create_export(
    request: HttpRequest, body: NewExport, key: IdempotencyKey = None
) -> HttpResponse:
    """Have a list of devices written to a file: all that a filter, a selection or a view leaves.

    Follow `Location` until `has_file`, then get its `file`. Words and cells are those of
    `GET /devices.csv`; in a workbook days are days.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        row = actions.start_export(
            actor=caller.actor,
            tenant=caller.tenant.id,
            format_=body.format,
            query=_address(caller, body),
            sheet=Sheet(body.sort.order, _columns(body), PLAIN),
            day=Day(caller.today, caller.tenant.settings.time_zone, caller.expiring_days),
            now=caller.now,
        )
        return export_json(row), reverse("api:get_export", args=[row.uid])

    return once(request, key, make, status=202)


def _address(caller: Caller, body: NewExport) -> str:
    """The list as the address of the pages holds it.

    Raises: NotFound for an unknown view, UnfitFilter for one that would export more than was meant.
    """
    if body.view_id is not None:
        query = query_of_view(**caller.one(body.view_id))
        known_filter(query, today=caller.today, zone=caller.tenant.settings.time_zone)
        return query
    if body.selection_id is not None:
        return f"selection={body.selection_id}"
    return body.filter.address() if body.filter else ""


def _columns(body: NewExport) -> list[tuple[str, str]]:
    wanted = body.columns or [key for key, _ in COLUMNS]
    return [(key, key) for key in dict.fromkeys(wanted)]


@call(router, "GET /exports", needs=Capability.EXPORT_DEVICES, answers=ExportPage)
def list_exports(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List one's own exports, latest first."""
    caller = caller_of(request)
    page = find_all(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(export_json, page.rows), page)


@call(
    router,
    "GET /exports/{uuid:export_id}",
    needs=Capability.EXPORT_DEVICES,
    answers=ExportOut,
)
def get_export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Show how far an export of one's own is."""
    return answer(export_json(find(**caller_of(request).one(export_id))))


@call(
    router,
    "POST /exports/{uuid:export_id}/cancel",
    needs=Capability.EXPORT_DEVICES,
    answers=ExportOut,
    problems=[409],
)
def cancel_export(
    request: HttpRequest, export_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Stop an export; there will be no file."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        return export_json(actions.cancel_export(**caller.one(export_id), now=caller.now)), ""

    return once(request, key, make, status=200)


@call(
    router,
    "GET /exports/{uuid:export_id}/file",
    needs=Capability.EXPORT_DEVICES,
    answers=BYTES,
    problems=[409],
)
def download_export(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """Download the file of an export of one's own.

    Its name ends with its format: CSV in UTF-8, or an Excel workbook.
    """
    caller = caller_of(request)
    row, made = actions.fetch_export(**caller.one(export_id), now=caller.now)
    name = f"devices-{row.today}.{row.format}"
    return download_kept(made, name=name, content_type=BYTES)
