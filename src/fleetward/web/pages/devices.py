"""The device list: its page, its columns and its file. Every state of it is an address."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.web.door import Visit, tenant_page
from fleetward.web.layouts import COLUMNS, COOKIE_SECONDS, list_in
from fleetward.web.pages import (
    device,
    device_warranty,
    devices_deleting,
    devices_drawer,
    devices_editing,
    devices_selecting,
    devices_views,
    exports,
)
from fleetward.web.pages.devices_asked import asked
from fleetward.web.pages.devices_columns import (
    CATALOGUE,
    COOKIE,
    WIDTHS_COOKIE,
    is_apart,
    layout_in,
    sizes_word,
)
from fleetward.web.pages.devices_drawer import open_drawer
from fleetward.web.pages.devices_list import listing
from fleetward.web.pages.devices_views import default_address, views_above
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_DEVICES, spans=True)
def devices(visit: Visit) -> HttpResponseBase:
    """The devices that the address asks for; a condition just sent becomes part of it."""
    adding = asked(visit).adding
    if adding.is_sent and adding.words:
        return redirect(adding.done_href)
    if first := default_address(visit):
        return redirect(first)
    found = listing(visit)
    return render_page(
        visit,
        "devices/list.html",
        title=found.title,
        nav="devices",
        has_simulated=found.has_simulated,
        context={
            "list": found,
            "views": views_above(visit, found.groups),
            "drawer": open_drawer(visit),
            "may_edit": visit.may(Capability.EDIT_DEVICES),
            "may_delete": visit.may(Capability.DELETE_DEVICES),
            "may_import": visit.may(Capability.IMPORT_DEVICES),
            "may_transfer": visit.may(Capability.TRANSFER_DEVICES),
            "may_refresh": visit.may(Capability.REFRESH_WARRANTY),
        },
    )


@require_POST
@tenant_page(Capability.SEE_DEVICES, spans=True)
def choose_columns(visit: Visit) -> HttpResponseBase:
    """Keep the columns chosen, their order and their widths, in this browser.

    In a view the address keeps them, and this browser the widths for that view alone.
    """
    home = reverse("devices", args=[visit.tenant.customer_id])
    query, cookies = list_in(home, visit.request.POST.get("next", "")), visit.request.COOKIES
    layout = CATALOGUE.posted(visit.request.POST, layout_in(query, cookies))
    name, kept = COOKIE, layout.word
    if is_apart(query):
        name, kept = WIDTHS_COOKIE, sizes_word(query, cookies, layout.widths)
        query[COLUMNS] = layout.word
    response = redirect(f"{home}?{query.urlencode()}" if query else home)
    response.set_cookie(name, kept, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True)
    return response


urlpatterns = [
    path("devices/", devices, name="devices"),
    path("devices/columns/", choose_columns, name="devices_columns"),
    *devices_drawer.urlpatterns,
    *devices_views.urlpatterns,
    *devices_selecting.urlpatterns,
    *devices_editing.urlpatterns,
    *devices_deleting.urlpatterns,
    *device.urlpatterns,
    *device_warranty.urlpatterns,
    *exports.urlpatterns,
]
