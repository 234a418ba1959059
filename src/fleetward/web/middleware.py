"""What every request passes: its id, the language, a password of one's own, errors as pages."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from fleetward.config.env import env
from fleetward.infra.logging import REQUEST_ID
from fleetward.infra.metrics import count_request
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.web.errors import FormOnly, error_page
from fleetward.web.languages import page_language
from fleetward.web.sign_on import bound_tenant

GetResponse = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_identity(get_response: GetResponse) -> GetResponse:
    """Give each request an id: in logs, in the trail, in errors, and in `X-Request-ID`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # The id names what one request did, so that only a proxy of the operator may choose it,
        # and only such a one knows whether the reader came by HTTPS.
        is_trusted = request.META.get("REMOTE_ADDR") in env().web.trusted_proxies
        if not is_trusted:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        given = request.headers.get("X-Request-ID", "") if is_trusted else ""
        request.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**{REQUEST_ID: request.request_id})  # type: ignore[attr-defined]
        started = time.monotonic()
        response = get_response(request)
        _tell(request, response, time.monotonic() - started)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Count a request, and log one that reached a route; by its pattern, since an address may hold
    what only its reader may know."""
    found = request.resolver_match
    route = f"/{found.route}" if found is not None else None
    method, status = request.method or "", response.status_code
    count_request(method, route, status, seconds)
    if route is not None:
        ms = round(seconds * 1000)
        log.info("request", method=method, route=route, status=status, ms=ms)


def reader_language(get_response: GetResponse) -> GetResponse:
    """The language of the page, which a page of a tenant may set anew."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with translation.override(page_language(request)):
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response

    return middleware


class own_password_first:  # noqa: N801
    """Somebody else knows the password: it is changed before anything else is done.

    A mailed link changes it as well, for who has forgotten what was given.
    """

    ALLOWED = frozenset(
        {
            "account_change_password",
            "account_logout",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key",
            "account_reset_password_from_key_done",
            "language",
        }
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        where = request.resolver_match.url_name if request.resolver_match else None
        # Whoever came by a tenant's provider has used no password that somebody else knows.
        is_concerned = bound_tenant(request) is None
        must_change = is_concerned and getattr(request.user, "must_change_password", False)
        if not must_change or where in self.ALLOWED:
            return None
        back = request.get_full_path() if request.method == "GET" else "/"
        return redirect(f"{reverse('account_change_password')}?{urlencode({'next': back})}")


def form_only(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A browser would show a blank page of its own for an address that takes POST alone."""
    page = error_page(request, FormOnly())
    page["Allow"] = response["Allow"]
    return page


class domain_errors:  # noqa: N801
    """Turn a DomainError of a page into the page that explains it. The API has its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        # No page's address holds NUL, which PostgreSQL cannot even compare with.
        if "\0" in request.path:
            return error_page(request, NotFound())
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return form_only(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return error_page(request, error) if isinstance(error, DomainError) else None
