"""Root URLs. Every route has a row in tests/matrices/routes.csv."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver, include, path, re_path

from fleetward.api.agent.v1 import agent_api
from fleetward.api.app import api
from fleetward.api.errors import nothing_here
from fleetward.web import probes
from fleetward.web.pages.api_docs import docs_page
from fleetward.web.pages.notification_mail import unsubscribe

# Modules of `web.pages` whose routes lie below a tenant's address.
TENANT_PAGES = (
    "dashboard",
    "devices",
    "departures",
    "groups",
    "bulk",
    "account_overview",
    "support",
    "operator_support",
    "users",
    "people",
    "roles",
    "sign_on_settings",
    "tenant_settings",
    "preferences",
    "pending",
    "tokens",
    "webhooks",
    "notifications",
    "notification_mail",
    "customers",
    "unassigned",
    "reconciliation",
    "operator_partners",
    "operator_partner",
    "operator_certification",
    "operator_feeds",
    "operator_health",
    "operator_sign_up",
    "welcome",
    "assigned_partner",
    "licences",
    "operator_plans",
    "logs",
    "imports",
    "transfers",
    "reminders",
    "reminder_calendar",
    "vendor_health",
    "budget",
    "flaws",
    "runs",
    "refreshing",
    "schedules",
    "external_services",
    "finding",
)


def _routes_of(name: str) -> list[URLPattern | URLResolver]:
    return list(import_module(f"fleetward.web.pages.{name}").urlpatterns)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(probes.urlpatterns)),
    path("", include(_routes_of("account"))),
    path("", include(_routes_of("account_security"))),
    path("", include(_routes_of("proving"))),
    path("", include(_routes_of("passkeys"))),
    path("", include(_routes_of("organisation"))),
    path("", include(_routes_of("joining"))),
    path("", include(_routes_of("signing_up"))),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("", include(_routes_of("gallery"))),
    path("api/v1/docs/", docs_page(api.get_openapi_schema), name="api_docs"),
    path("api/v1/", api.urls),
    path("api/agent/v1/", agent_api.urls),
    re_path(r"^api(?:/|$)", nothing_here, name="api_nothing_here"),
    path("account/", include("fleetward.web.sign_in_urls")),
    path(
        "t/<str:customer_id>/",
        include([route for name in TENANT_PAGES for route in _routes_of(name)]),
    ),
]

handler400 = "fleetward.web.errors.bad_request"
handler403 = "fleetward.web.errors.no_permission"
handler404 = "fleetward.web.errors.page_not_found"
handler500 = "fleetward.web.errors.server_failed"
