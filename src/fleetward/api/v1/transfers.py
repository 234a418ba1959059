"""Transfers for programs of a partner (X1 to X13); a customer reads those out of its tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey, Paging
from fleetward.api.uploads import UPLOAD_BODY, keyed, received, stored_key, taken_in
from fleetward.api.v1.transfer_schemas import (
    TransferDetailOut,
    TransferMadeOut,
    TransferPage,
    TransferRowPage,
    TransferRowsQuery,
    TransfersMadeOut,
    TransferUploadQuery,
    detail_json,
    row_json,
    transfer_json,
)
from fleetward.config.env import env
from fleetward.tenancy.contracts import TenantKind
from fleetward.tenancy.queries import get_tenant
from fleetward.tenancy.queries.destinations import with_holding
from fleetward.transfers import actions, queries
from fleetward.transfers.contracts import TransferNeedsPerson, Upload

router = Router(tags=["transfers"])
NEEDS = Capability.SEE_TRANSFERS
# Of a partner, in its own tenant; what it takes in the source is asked there (X1).
TO_MOVE = Capability.MANAGE_CUSTOMERS


def _caller(request: HttpRequest) -> Caller:
    """With what a partner holds for nobody, from which it transfers as well (X1)."""
    caller = caller_of(request)
    if caller.tenant.kind is not TenantKind.PARTNER:
        return caller
    return replace(caller, actor=with_holding(caller.actor, partner=caller.tenant.id))


def _one(caller: Caller, uid: UUID) -> dict[str, Any]:
    """Who asks about which transfer of which source. Raises: NotFound."""
    source = queries.find_source(**caller.one(uid))
    return {"actor": caller.actor, "tenant": source, "uid": uid}


def _shown(caller: Caller, uid: UUID) -> dict[str, object]:
    return detail_json(queries.get_transfer(**_one(caller, uid), now=caller.now))


@call(router, "GET /transfers", needs=NEEDS, answers=TransferPage)
def list_transfers(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List transfers, latest first.

    With a token of a partner: those out of all its customers and out of Unassigned Devices.
    """
    caller = _caller(request)
    page = queries.list_transfers(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(transfer_json, page.rows), page)


@call(
    router,
    "POST /transfers",
    needs=TO_MOVE,
    answers=TransferMadeOut,
    status=202,
    problems=[404, 409],
    extra={"requestBody": UPLOAD_BODY},
)
def upload_transfer(
    request: HttpRequest, told: Query[TransferUploadQuery], key: IdempotencyKey = None
) -> HttpResponse:
    """Upload a file of devices to move.

    CSV or XLSX with the headers Serial Number and Customer ID, as the body itself or as the part
    `file` of a form. Nothing moves before it is started: wait for the state READY, which has the
    preview.
    """
    caller = _caller(request)
    source = get_tenant(actor=caller.actor, customer_id=told.source)
    file_name, chunks = received(request)
    request_key = stored_key(caller, key)
    with keyed(key):
        taken = actions.upload_transfer(
            actor=caller.actor,
            source=source.id,
            upload=Upload(told.file_name or file_name, request_key),
            chunks=chunks,
            now=caller.now,
        )
    return taken_in(taken, "get_transfer")


@call(router, "GET /transfers/{uuid:transfer_id}", needs=NEEDS, answers=TransferDetailOut)
def get_transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Show one transfer: its state, its numbers, and what starting it would do."""
    return answer(_shown(_caller(request), transfer_id))


@call(router, "GET /transfers/{uuid:transfer_id}/rows", needs=NEEDS, answers=TransferRowPage)
def list_transfer_rows(
    request: HttpRequest, transfer_id: UUID, paging: Query[TransferRowsQuery]
) -> HttpResponse:
    """List what each row is or became, in the order of the file: the summary."""
    page = queries.list_rows(
        **_one(_caller(request), transfer_id),
        outcomes=[paging.outcome] if paging.outcome else [],
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return listed(map(row_json, page.rows), page)


@call(
    router,
    "POST /transfers/{uuid:transfer_id}/start",
    needs=TO_MOVE,
    answers=TransferDetailOut,
    problems=[409],
)
def start_transfer(
    request: HttpRequest, transfer_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Move what the preview shows.

    A token cannot prove who uses it: more devices than the operator has set (500 at first) are
    refused with `transfer_needs_person`, and somebody starts the transfer on its page. One that
    runs or is done already is left alone.
    """
    caller = _caller(request)

    def make() -> tuple[object, str]:
        one, most = _one(caller, transfer_id), env().transfers.step_up_above
        if (found := queries.get_progress(**one).found) > most:
            raise TransferNeedsPerson(found, most)
        actions.start_transfer(**one, now=caller.now)
        return _shown(caller, transfer_id), ""

    return once(request, key, make, status=200)


@call(
    router,
    "POST /transfers/{uuid:transfer_id}/cancel",
    needs=TO_MOVE,
    answers=TransferDetailOut,
    problems=[409],
)
def cancel_transfer(
    request: HttpRequest, transfer_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Discard a transfer before its start, or stop it.

    What has moved stays moved.
    """
    caller = _caller(request)

    def make() -> tuple[object, str]:
        actions.cancel_transfer(**_one(caller, transfer_id), now=caller.now)
        return _shown(caller, transfer_id), ""

    return once(request, key, make, status=200)


@call(
    router,
    "POST /transfers/{uuid:transfer_id}/split",
    needs=TO_MOVE,
    answers=TransfersMadeOut,
    status=201,
    problems=[409],
)
def split_transfer(
    request: HttpRequest, transfer_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Make a transfer of each customer's rows of a file that was refused for naming several.

    `groups` of the refused transfer says which there are; those without a name stay out. Each new
    transfer has a preview of its own, and nothing moves before it is started. One that was split
    already gives the same transfers.
    """
    caller = _caller(request)

    def make() -> tuple[object, str]:
        made = actions.split_transfer(**_one(caller, transfer_id), now=caller.now)
        return {"transfers": made}, reverse("api:get_transfer", args=[transfer_id])

    return once(request, key, make, status=201)


@call(
    router,
    "POST /transfers/{uuid:transfer_id}/undo",
    needs=TO_MOVE,
    answers=TransferDetailOut,
    status=201,
    problems=[409],
)
def undo_transfer(
    request: HttpRequest, transfer_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Prepare to take a transfer back, for 30 days.

    The answer is a transfer of its own, with a preview; nothing moves before that is started.
    """
    caller = _caller(request)

    def make() -> tuple[object, str]:
        made = actions.undo_transfer(**_one(caller, transfer_id), now=caller.now)
        return _shown(caller, made), reverse("api:get_transfer", args=[made])

    return once(request, key, make, status=201)
