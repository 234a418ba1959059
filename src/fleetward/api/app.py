"""The REST interface /api/v1 (C6): its routers, its errors and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI

from fleetward import __version__
from fleetward.api import errors
from fleetward.api.auth import tell_allowance
from fleetward.api.errors import MethodNotAllowed, nothing_here, problem
from fleetward.api.openapi import completed
from fleetward.api.parser import StrictParser

# Modules of `api.v1`; each has a `router`.
ROUTERS = (
    "tenant",
    "roles",
    "users",
    "devices",
    "device_items",
    "departures",
    "licences",
    "customers",
    "ordered_devices",
    "transfers",
    "export",
    "exports",
    "groups",
    "views",
    "selections",
    "bulk_changes",
    "imports",
    "import_undo",
    "enrolment",
    "pending",
    "services",
    "vendor_health",
    "coverage",
    "dashboard",
    "runs",
    "schedules",
    "reminders",
    "budget",
    "flaws",
    "notifications",
    "notification_mail",
    "webhooks",
    "support",
    "operator_support",
    "operator_feeds",
    "operator_partners",
    "audit",
    "log_filters",
)
View = Callable[..., HttpResponseBase]


def _finished(view: View) -> View:
    """The door of every operation: refused methods explain themselves, nothing is cached."""

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        response = view(request, **kwargs)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = response["Allow"]
            response = problem(request, MethodNotAllowed(request.method or ""))
            response["Allow"] = allowed
        response["Cache-Control"] = "no-store"
        tell_allowance(request, response)
        return response

    # A token is sent on purpose, never by a browser on its own.
    inner.csrf_exempt = True  # type: ignore[attr-defined]
    return inner


class Api(NinjaAPI):
    """Ninja with the complete OpenAPI document and with problem details for every address."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        return completed(super().get_openapi_schema(*args, **kwargs))

    def _get_urls(self) -> list[URLPattern | URLResolver]:
        found: list[URLPattern | URLResolver] = []
        for route in super()._get_urls():
            assert isinstance(route, URLPattern)
            # Ninja's own front page would only say where its documentation is.
            view: View = nothing_here if route.name == "api-root" else route.callback
            found.append(path(str(route.pattern), _finished(view), name=route.name))
        return [*found, re_path(r"", _finished(nothing_here), name="nothing_here")]


api = Api(
    title="Fleetward",
    version=__version__,
    description="Devices, their warranty at every vendor, and who looks after them.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
    parser=StrictParser(),
)
errors.install(api)
for name in ROUTERS:
    api.add_router("", import_module(f"fleetward.api.v1.{name}").router)
