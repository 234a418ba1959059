"""Support requests of the tenant: ask the operator, follow, say more, close, reopen (L8)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Query, Router

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, once
from fleetward.api.auth import caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import IdempotencyKey
from fleetward.api.uploads import UPLOAD_BODY
from fleetward.api.v1.support_schemas import (
    FileQuery,
    NewSupportMessage,
    NewSupportRequest,
    SupportQuery,
    SupportRequestDetailOut,
    SupportRequestPage,
)
from fleetward.api.v1.support_talk import Desk
from fleetward.infra.downloads import BYTES
from fleetward.support.actions import open_request
from fleetward.support.contracts import NewMessage, NewRequest, Side, Wanted

router = Router(tags=["support requests"])
NEEDS = Capability.ASK_SUPPORT
DESK = Desk(Side.TENANT, "get_support_request")


@call(router, "GET /support-requests", needs=NEEDS, answers=SupportRequestPage)
def list_support_requests(request: HttpRequest, paging: Query[SupportQuery]) -> HttpResponse:
    """List what the tenant has asked the operator, latest first."""
    return DESK.list(request, Wanted(paging.state), paging.cursor, paging.limit)


@call(
    router,
    "POST /support-requests",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
    status=201,
    problems=[409],
)
def open_support_request(
    request: HttpRequest, body: NewSupportRequest, key: IdempotencyKey = None
) -> HttpResponse:
    """Ask the operator for help. Files follow by `POST …/files`."""
    caller = caller_of(request)
    asked = NewRequest(body.subject, NewMessage(body.text), body.category, tuple(body.serials))

    def make() -> tuple[object, str]:
        told = open_request(
            actor=caller.actor, tenant=caller.tenant.id, asked=asked, now=caller.now
        )
        return DESK.shown(caller, told.request), DESK.where(told.request)

    return once(request, key, make)


@call(
    router,
    "GET /support-requests/{uuid:request_id}",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
)
def get_support_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show one request with all that was said in it."""
    return answer(DESK.shown(caller_of(request), request_id))


@call(
    router,
    "POST /support-requests/{uuid:request_id}/messages",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
    status=201,
    problems=[409],
)
def write_support_message(
    request: HttpRequest, request_id: UUID, body: NewSupportMessage, key: IdempotencyKey = None
) -> HttpResponse:
    """Say more in a request. It is the operator's turn then.

    A closed request has to be reopened first.
    """
    return DESK.say(request, key, request_id, body.text)


@call(
    router,
    "POST /support-requests/{uuid:request_id}/files",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
    status=201,
    problems=[409],
    extra={"requestBody": UPLOAD_BODY},
)
def upload_support_file(
    request: HttpRequest, request_id: UUID, told: Query[FileQuery], key: IdempotencyKey = None
) -> HttpResponse:
    """Send a file of at most 10 MB as a message, with a text if there is one to say.

    As the body itself or as the part `file` of a form; of any kind, declared as
    `application/octet-stream` where it is no table.
    """
    return DESK.attach(request, key, request_id, told)


@call(
    router,
    "GET /support-requests/{uuid:request_id}/files/{uuid:file_id}",
    needs=NEEDS,
    answers=BYTES,
)
def download_support_file(
    request: HttpRequest, request_id: UUID, file_id: UUID
) -> HttpResponseBase:
    """Download a file of a request."""
    return DESK.file(request, request_id, file_id)


@call(
    router,
    "POST /support-requests/{uuid:request_id}/close",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
)
def close_support_request(
    request: HttpRequest, request_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """End a request. One that is closed is left alone."""
    return DESK.end(request, key, request_id)


@call(
    router,
    "POST /support-requests/{uuid:request_id}/reopen",
    needs=NEEDS,
    answers=SupportRequestDetailOut,
)
def reopen_support_request(
    request: HttpRequest, request_id: UUID, key: IdempotencyKey = None
) -> HttpResponse:
    """Go on with a request that was closed. One that is not closed is left alone."""
    return DESK.go_on(request, key, request_id)
