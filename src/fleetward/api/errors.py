"""Every refusal of the API as problem details (RFC 9457): stable code, what to do, request id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, cast

import msgspec
import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from fleetward.devices.contracts import BadDevice
from fleetward.devices.texts import HINT_TEXTS, REFUSAL_TEXTS
from fleetward.identity.contracts import TooManyCalls
from fleetward.infra.files.errors import FileTooLarge
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import ChangedMeanwhile, DomainError, Invalid, NotFound, ServerFailed

TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class Unanswered(DomainError):
    """A request that reaches no action."""


class TokenNeeded(Unanswered):
    """No token, or one that is unknown, revoked, expired, or whose user is disabled: all alike."""

    code: ClassVar[str] = "token_needed"
    text: ClassVar[str] = "This needs a valid personal access token."
    fix: ClassVar[str] = (
        "Send the header Authorization: Bearer with a token from Settings > API tokens."
    )


class CredentialNeeded(Unanswered):
    """No credential of a machine, or one that has ended."""

    code: ClassVar[str] = "credential_needed"
    text: ClassVar[str] = "This needs the credential of an enrolled machine."
    fix: ClassVar[str] = "Enrol the machine; deleting its device ends its credential."


@dataclass(eq=False)
class MethodNotAllowed(Unanswered):
    method: str

    code: ClassVar[str] = "method_not_allowed"
    text: ClassVar[str] = "{method} cannot be used at this address."
    fix: ClassVar[str] = "Use one of the methods in the Allow header."


@dataclass(eq=False)
class WrongMediaType(Unanswered):
    given: str
    wanted: str = "application/json"

    code: ClassVar[str] = "wrong_media_type"
    text: ClassVar[str] = "The body is declared as '{given}', not as {wanted}."
    fix: ClassVar[str] = "Send {wanted} with the Content-Type header that says so."


@dataclass(eq=False)
class MalformedBody(Unanswered):
    problem: str

    code: ClassVar[str] = "malformed_body"
    text: ClassVar[str] = "The body of the request cannot be read: {problem}."
    fix: ClassVar[str] = "Correct the body and send it again."


class BodyTooLarge(Unanswered):
    code: ClassVar[str] = "body_too_large"
    text: ClassVar[str] = "The body of the request is too large."
    fix: ClassVar[str] = "Send less at once; device lists go to /api/v1/imports."


class InvalidRequest(Invalid):
    """Fields or parameters do not fit; `problems` of the answer lists them."""

    code: ClassVar[str] = "invalid_request"
    text: ClassVar[str] = "The request does not fit."
    fix: ClassVar[str] = "Correct what 'problems' lists; /api/v1/openapi.json says what fits."


@dataclass(eq=False)
class WrongConfirmation(Invalid):
    """E10 for programs: whoever deletes must know the serial number of what is deleted."""

    given: str

    code: ClassVar[str] = "wrong_confirmation"
    text: ClassVar[str] = "'{given}' is not the serial number of this device."
    fix: ClassVar[str] = "Give the device's serial number as the parameter 'confirm'."


@dataclass(eq=False)
class WrongCount(Invalid):
    """E10 for programs: whoever deletes a selection must know how many devices it has."""

    given: int

    code: ClassVar[str] = "wrong_count"
    text: ClassVar[str] = "The selection does not have {given} devices."
    fix: ClassVar[str] = "Give its number of devices as 'confirm', after a look at it."


@dataclass(eq=False)
class WrongUndo(Invalid):
    """The same of an import: whoever undoes it must know how many devices go."""

    given: int

    code: ClassVar[str] = "wrong_undo_count"
    text: ClassVar[str] = "Undoing this import does not remove {given} devices."
    fix: ClassVar[str] = "Give the number of 'removed' that the undo of the import expects."


STATUS: Mapping[type[DomainError], HTTPStatus] = {
    TooManyCalls: HTTPStatus.TOO_MANY_REQUESTS,
    ChangedMeanwhile: HTTPStatus.PRECONDITION_FAILED,
    TokenNeeded: HTTPStatus.UNAUTHORIZED,
    CredentialNeeded: HTTPStatus.UNAUTHORIZED,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    MalformedBody: HTTPStatus.BAD_REQUEST,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


def problem(request: HttpRequest, error: DomainError, **more: object) -> HttpResponse:
    """An answer that says what happened (`detail`), what to do (`fix`) and the stable `code`."""
    status = int(STATUS.get(type(error), status_of(error)))
    details = error.details()
    body: dict[str, object] = {
        "type": f"urn:fleetward:error:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(error),
        "code": error.code,
        "fix": error.fix.format(**details),
        "request_id": cast(Any, request).request_id,
    }
    if details:
        body["fields"] = {name: str(value) for name, value in details.items()}
    return HttpResponse(msgspec.json.encode(body | more), status=status, content_type=TYPE)


@csrf_exempt
def nothing_here(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """What is no address of the API answers like what is out of sight."""
    return problem(request, NotFound())


def install(api: NinjaAPI) -> None:
    """Answer every refusal of `api` as problem details."""

    @api.exception_handler(DomainError)
    def domain(request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem(request, error)

    @api.exception_handler(BadDevice)
    def bad_device(request: HttpRequest, error: BadDevice) -> HttpResponse:
        told = REFUSAL_TEXTS.get(error.refusal) or HINT_TEXTS[error.refusal]
        return problem(request, error, detail=f"{error.field}: {told.text}.", fix=told.fix)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [{"where": _where(e["loc"]), "what": str(e["msg"])} for e in error.errors]
        return problem(request, InvalidRequest(), problems=problems)

    @api.exception_handler(AuthenticationError)
    def anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        response = problem(request, TokenNeeded())
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(HttpError)
    def unread(request: HttpRequest, error: HttpError) -> HttpResponse:
        cause = error.__cause__
        return problem(request, cause if isinstance(cause, DomainError) else ServerFailed())

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return problem(request, BodyTooLarge())

    @api.exception_handler(MultiPartParserError)
    def no_parts(request: HttpRequest, error: MultiPartParserError) -> HttpResponse:
        return problem(request, MalformedBody("the parts of the form are damaged"))

    @api.exception_handler(UnreadablePostError)
    def cut_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
        return problem(request, MalformedBody("the connection ended before it was complete"))

    @api.exception_handler(Exception)
    def failed(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("request failed", path=request.path, exc_info=error)
        return problem(request, ServerFailed())


def _where(places: tuple[str | int, ...]) -> str:
    """Where a value stands, in the words of the request: `body.serial`, `query.limit`."""
    source, *rest = map(str, places)
    # Every view calls its body `body`, which the caller knows nothing of.
    return ".".join([source, *(rest[1:] if rest[:1] == ["body"] else rest)])
