"""The logs: who did what in a tenant, when, on what. Every state of the list is an address (L4)."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.tx import tenant_scope
from fleetward.web.door import Visit, tenant_page
from fleetward.web.layouts import COLUMNS, COOKIE_SECONDS, list_in
from fleetward.web.pages import logs_entry, logs_export, logs_filters
from fleetward.web.pages.logs_columns import CATALOGUE, COOKIE
from fleetward.web.pages.logs_entry import open_entry
from fleetward.web.pages.logs_filter import layout_in
from fleetward.web.pages.logs_list import listing
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_AUDIT)
def logs(visit: Visit) -> HttpResponseBase:
    """The entries that the address asks for."""
    # One transaction for all of its queries: they agree, and the scope is set once.
    with tenant_scope(visit.actor.tenants):
        context = {
            "list": listing(visit),
            "drawer": open_entry(visit),
            "filters": logs_filters.filters_above(visit),
            "exports": logs_export.links(visit),
        }
    return render_page(visit, "logs/list.html", title=_("Logs"), nav="logs", context=context)


@require_POST
@tenant_page(Capability.SEE_AUDIT)
def choose_columns(visit: Visit) -> HttpResponseBase:
    """Keep the columns chosen, their order and their widths, in this browser.

    Where the address names columns, it keeps them instead.
    """
    home = reverse("logs", args=[visit.tenant.customer_id])
    query = list_in(home, visit.request.POST.get("next", ""))
    layout = CATALOGUE.posted(visit.request.POST, layout_in(query, visit.request.COOKIES))
    if COLUMNS in query:
        query[COLUMNS] = layout.word
    response = redirect(f"{home}?{query.urlencode()}" if query else home)
    if COLUMNS not in query:
        response.set_cookie(
            COOKIE, layout.word, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True
        )
    return response


urlpatterns = [
    path("logs/", logs, name="logs"),
    path("logs/columns/", choose_columns, name="logs_columns"),
    *logs_entry.urlpatterns,
    *logs_export.urlpatterns,
    *logs_filters.urlpatterns,
]
