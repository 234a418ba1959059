"""Lists of devices: upload, match, start, follow, and how each row ended."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, csv_answer, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey, Paging
from fleetward.api.uploads import UPLOAD_BODY, keyed, received, stored_key, taken_in
from fleetward.api.v1.import_schemas import (
    ImportDetailOut,
    ImportPage,
    MappingIn,
    OutcomePage,
    OutcomeQuery,
    OutcomesQuery,
    UploadedOut,
    UploadQuery,
    detail_json,
    outcome_json,
    summary_json,
)
from fleetward.devices.imports import actions, queries
from fleetward.devices.imports.contracts import Upload
from fleetward.devices.texts import refusal_text

router = Router(tags=["imports"])
NEEDS = Capability.IMPORT_DEVICES


def _shown(caller: Caller, import_id: UUID) -> dict[str, object]:
    return detail_json(queries.get_import(**caller.one(import_id)))


@call(router, "GET /imports", needs=NEEDS, answers=ImportPage)
def list_imports(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the imports, latest first."""
    caller = caller_of(request)
    page = queries.list_imports(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(summary_json, page.rows), page)


@call(
    router,
    "POST /imports",
    needs=NEEDS,
    answers=UploadedOut,
    status=202,
    problems=[409],
    extra={"requestBody": UPLOAD_BODY},
)
def upload_import(
    request: HttpRequest, told: Query[UploadQuery], key: IdempotencyKey = None
) -> HttpResponse:
    """Upload a device list.

    CSV or XLSX, as the body itself or as the part `file` of a form. It is read and counted; nothing
    is stored before it is started, unless `start` says so.
    """
    caller = caller_of(request)
    file_name, chunks = received(request)
    upload = Upload(
        file_name=told.file_name or file_name,
        origin="API",
        request_key=stored_key(caller, key),
        mapping=told.mapping,
        default_manufacturer=told.default_manufacturer.strip(),
        starts_itself=told.start,
    )
    with keyed(key):
        taken = actions.upload_list(
            actor=caller.actor,
            tenant=caller.tenant.id,
            upload=upload,
            chunks=chunks,
            now=caller.now,
        )
    return taken_in(taken, "get_import")


@call(router, "GET /imports/{uuid:import_id}", needs=NEEDS, answers=ImportDetailOut)
def get_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show one import: its state, how the file was read, and what starting it would do."""
    return answer(_shown(caller_of(request), import_id))


@call(
    router,
    "PUT /imports/{uuid:import_id}/mapping",
    needs=NEEDS,
    answers=ImportDetailOut,
    problems=[409],
)
def put_import_mapping(request: HttpRequest, import_id: UUID, body: MappingIn) -> HttpResponse:
    """Match columns with fields anew.

    The list is counted again, which takes a moment: wait for the state READY.
    """
    caller = caller_of(request)
    actions.change_mapping(
        **caller.one(import_id),
        mapping=body.mapping,
        default_manufacturer=body.default_manufacturer,
        now=caller.now,
    )
    return answer(_shown(caller, import_id))


@call(
    router,
    "POST /imports/{uuid:import_id}/start",
    needs=NEEDS,
    answers=ImportDetailOut,
    status=200,
    problems=[409, 422],
)
def start_import(request: HttpRequest, import_id: UUID, key: IdempotencyKey = None) -> HttpResponse:
    """Store what the import has shown.

    One that runs or is done already is left alone.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        actions.start_import(**caller.one(import_id), now=caller.now)
        return _shown(caller, import_id), ""

    return once(request, key, make, status=200)


@call(
    router,
    "POST /imports/{uuid:import_id}/cancel",
    needs=NEEDS,
    answers=ImportDetailOut,
    problems=[409],
)
def cancel_import(
    request: HttpRequest, import_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Cancel an import.

    Before the start nothing is kept; later the rows stored so far stay.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        actions.cancel_import(**caller.one(import_id), now=caller.now)
        return _shown(caller, import_id), ""

    return once(request, key, make, status=200)


@call(router, "GET /imports/{uuid:import_id}/outcomes", needs=NEEDS, answers=OutcomePage)
def list_import_outcomes(
    request: HttpRequest, import_id: UUID, paging: Query[OutcomesQuery]
) -> HttpResponse:
    """List how each row ended, in the order of the file."""
    page = queries.list_outcomes(
        **caller_of(request).one(import_id),
        cursor=paging.cursor,
        limit=paging.limit,
        outcome=paging.outcome,
    )
    return listed(map(outcome_json, page.rows), page)


@call(
    router,
    "GET /imports/{uuid:import_id}/outcomes.csv",
    needs=NEEDS,
    answers="text/csv",
    problems=[409],
)
def download_import_outcomes(
    request: HttpRequest, import_id: UUID, only: Query[OutcomeQuery]
) -> HttpResponseBase:
    """Download the rows as they came, each with its outcome, as CSV.

    With `outcome=REFUSED` it is the file to correct and send again: the columns that are added are
    known and left out then. Some time after the import the rows of the file are removed, see
    `rows_removed_at`: outcomes come without them then, and there is none to correct.
    """
    found = queries.get_outcome_file(**caller_of(request).one(import_id), only=only.outcome)
    return csv_answer(*found.table(refusal_text, outcome=str), name=f"import-{import_id}")
