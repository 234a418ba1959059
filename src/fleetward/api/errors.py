"""Domain errors as problem details (RFC 9457): stable code, fields and request id."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError

TYPE = "application/problem+json"


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    **more: object,
) -> HttpResponse:
    """An answer that says what happened (`detail`), what to do (`fix`) and the stable `code`."""
    body = {
        "type": f"urn:fleetward:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": cast(Any, request).request_id,
        **more,
    }
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=TYPE)


def install(api: NinjaAPI) -> None:
    """Answer every refusal of `api` as problem details."""

    @api.exception_handler(DomainError)
    def domain(request: HttpRequest, error: DomainError) -> HttpResponse:
        fix = error.fix.format(**error.details())
        fields = {name: str(value) for name, value in error.details().items()}
        return problem(request, status_of(error), error.code, str(error), fix=fix, fields=fields)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [
            {"where": ".".join(str(p) for p in e["loc"]), "what": e["msg"]} for e in error.errors
        ]
        return problem(
            request, 422, "invalid_request", "The request does not fit.", problems=problems
        )

    @api.exception_handler(AuthenticationError)
    def anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        response = problem(
            request,
            401,
            "token_needed",
            "This needs a valid personal access token.",
            fix="Send the header Authorization: Bearer with a token from Settings > API tokens.",
        )
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(request, error.status_code, "bad_request", str(error))
