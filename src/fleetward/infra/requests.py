"""What pages and the API both read from a request or answer with: address, status."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest

from fleetward.config.env import env
from fleetward.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    ServerFailed,
    Unavailable,
)

STATUS: dict[type[DomainError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ServerFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: DomainError) -> int:
    """The HTTP status of an error's family."""
    return next((int(s) for family, s in STATUS.items() if isinstance(error, family)), 400)


def address_of(request: HttpRequest) -> str:
    """The client's address; X-Forwarded-For counts only behind a configured proxy (hardening)."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if peer in env().web.trusted_proxies:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        return (forwarded or peer)[:64]
    return peer[:64]
