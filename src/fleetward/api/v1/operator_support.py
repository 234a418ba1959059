"""Support requests of all tenants, for programs of the operator (L8)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey
from fleetward.api.uploads import UPLOAD_BODY
from fleetward.api.v1.support_schemas import (
    FileQuery,
    NewSupportMessage,
    OperatorQuery,
    SupportRequestDetailOut,
    SupportRequestPage,
)
from fleetward.api.v1.support_talk import Desk
from fleetward.infra.downloads import BYTES
from fleetward.support.contracts import Side, Wanted

router = Router(tags=["operator: support requests"])
NEEDS = Capability.OPERATE
DESK = Desk(Side.OPERATOR, "get_operator_support_request")


@call(router, "GET /operator/support-requests", needs=NEEDS, answers=SupportRequestPage)
def list_operator_support_requests(
    request: HttpRequest, paging: Query[OperatorQuery]
) -> HttpResponse:
    """List what the tenants of the installation ask, latest first."""
    days, now = paging.quiet_days, caller_of(request).now
    since = now - timedelta(days=days) if days else None
    wanted = Wanted(paging.state, paging.tenant, since)
    return DESK.list(request, wanted, paging.cursor, paging.limit)


@call(
    router,
    "GET /operator/support-requests/{uuid:request_id}",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
)
def get_operator_support_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show one request with all that was said in it."""
    return answer(DESK.shown(caller_of(request), request_id))


@call(
    router,
    "POST /operator/support-requests/{uuid:request_id}/messages",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
    status=201,
    problems=[409],
)
def answer_support_request(
    request: HttpRequest, request_id: UUID, body: NewSupportMessage, key: IdempotencyKey = None
) -> HttpResponse:
    """Answer a request. It is the tenant's turn then.

    A closed request has to be reopened first.
    """
    return DESK.say(request, key, request_id, body.text)


@call(
    router,
    "POST /operator/support-requests/{uuid:request_id}/files",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
    status=201,
    problems=[409],
    extra={"requestBody": UPLOAD_BODY},
)
def upload_operator_support_file(
    request: HttpRequest, request_id: UUID, told: Query[FileQuery], key: IdempotencyKey = None
) -> HttpResponse:
    """Send a file of at most 10 MB as a message, with a text if there is one to say.

    As the body itself or as the part `file` of a form; of any kind, declared as
    `application/octet-stream` where it is no table.
    """
    return DESK.attach(request, key, request_id, told)


@call(
    router,
    "GET /operator/support-requests/{uuid:request_id}/files/{uuid:file_id}",
    needs=NEEDS,
    answers=BYTES,
)
def download_operator_support_file(
    request: HttpRequest, request_id: UUID, file_id: UUID
) -> HttpResponseBase:
    """Download a file of a request."""
    return DESK.file(request, request_id, file_id)


@call(
    router,
    "POST /operator/support-requests/{uuid:request_id}/close",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
)
def close_operator_support_request(
    request: HttpRequest, request_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """End a request. One that is closed is left alone."""
    return DESK.end(request, key, request_id)


@call(
    router,
    "POST /operator/support-requests/{uuid:request_id}/reopen",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
)
def reopen_operator_support_request(
    request: HttpRequest, request_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Go on with a request that was closed. One that is not closed is left alone."""
    return DESK.go_on(request, key, request_id)
