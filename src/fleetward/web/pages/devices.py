"""The device list: its page, its columns and its file. Every state of it is an address."""

from __future__ import annotations

import tempfile

from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.warranty.actions.exporting import export_devices
from fleetward.warranty.queries.export import Sheet
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages import device, devices_deleting, devices_editing
from fleetward.web.pages.devices_columns import (
    COOKIE,
    COOKIE_SECONDS,
    columns_of,
    file_columns,
    wording,
)
from fleetward.web.pages.devices_list import asked, listing
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_DEVICES)
def devices(visit: Visit) -> HttpResponseBase:
    """The devices that the address asks for."""
    found = listing(visit)
    return render_page(
        visit,
        "devices/list.html",
        title=_("Inactive devices") if found.is_inactive else _("Devices"),
        nav="devices",
        has_simulated=found.has_simulated,
        context={
            "list": found,
            "inactive_href": f"{found.address.path}?state=inactive",
            "may_edit": visit.may(Capability.EDIT_DEVICES),
            "may_delete": visit.may(Capability.DELETE_DEVICES),
            "may_import": visit.may(Capability.IMPORT_DEVICES),
            "may_refresh": visit.may(Capability.REFRESH_WARRANTY),
            # Told once, after a deletion.
            "undo": visit.request.session.pop("undo", None),
        },
    )


@require_POST
@tenant_page(Capability.SEE_DEVICES)
def choose_columns(visit: Visit) -> HttpResponseBase:
    """Keep the columns chosen, in this browser."""
    keys = [spec.key for spec in columns_of(visit.request.POST.getlist("columns"))]
    home = reverse("devices", args=[visit.tenant.customer_id])
    wanted = visit.request.POST.get("next", "")
    is_ours = wanted.startswith(home) and url_has_allowed_host_and_scheme(wanted, None)
    response = redirect(wanted if is_ours else home)
    response.set_cookie(
        COOKIE, ".".join(keys), max_age=COOKIE_SECONDS, samesite="Lax", httponly=True
    )
    return response


@tenant_page(Capability.EXPORT_DEVICES)
def export(visit: Visit) -> HttpResponseBase:
    """The list as a CSV file: the same filter, order and columns."""
    wanted = asked(visit)
    zone = visit.tenant.settings.time_zone
    sheet = Sheet(wanted.order, file_columns(wanted.columns), wording(zone))
    # FileResponse closes it, which deletes it.
    out = tempfile.TemporaryFile(prefix="fleetward-export-")  # noqa: SIM115
    try:
        export_devices(**wanted.scope, sheet=sheet, out=out, now=visit.now)  # type: ignore[arg-type]
    except BaseException:
        out.close()
        raise
    out.seek(0)
    name = _("devices-%(tenant)s-%(day)s.csv") % {
        "tenant": visit.tenant.customer_id,
        "day": visit.today.isoformat(),
    }
    return FileResponse(out, as_attachment=True, filename=name, content_type="text/csv")


urlpatterns = [
    path("devices/", devices, name="devices"),
    path("devices/columns/", choose_columns, name="devices_columns"),
    path("devices/export.csv", export, name="devices_export"),
    *devices_editing.urlpatterns,
    *devices_deleting.urlpatterns,
    *device.urlpatterns,
]
