"""Devices that have come to a tenant from its partner: the list, and one arrival."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.tenancy.contracts import TenantKind
from fleetward.transfers.queries import (
    get_arrival,
    iterate_arrived,
    list_arrivals,
    list_arrived,
)
from fleetward.web.components.shapes import Crumb, Tab
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages import transfer_files, transfer_views
from fleetward.web.render import render_page

MOST_SHOWN = 50


def arrivals(visit: Visit) -> HttpResponseBase:
    """What has arrived in this tenant; a tab of the list of transfers."""
    cursor = visit.request.GET.get("after")
    page = list_arrivals(actor=visit.actor, tenant=visit.tenant.id, cursor=cursor)
    more = urlencode({"show": "arrivals", "after": page.after or ""})
    grid = transfer_views.arrival_table(
        page.rows, visit.tenant.customer_id, f"?{more}" if page.after else ""
    )
    return render_page(
        visit,
        "transfers/list.html",
        title=_("Transfers"),
        nav="transfers",
        context={
            "grid": grid,
            "tabs": tabs_of(visit, "arrivals"),
            "is_arrivals": True,
            "may_transfer": visit.may(Capability.TRANSFER_DEVICES),
        },
    )


def tabs_of(visit: Visit, shown: str) -> tuple[Tab, ...]:
    """Running and done ones of what leaves, and what arrives."""
    home = reverse("transfers", args=[visit.tenant.customer_id])
    labels = {"": _("All transfers"), "open": _("Open"), "over": _("Over")}
    if visit.tenant.kind is not TenantKind.PARTNER:
        labels["arrivals"] = _("Arrived here")
    return tuple(
        Tab(label, f"{home}?show={word}" if word else home, is_current=word == shown)
        for word, label in labels.items()
    )


@tenant_page(Capability.SEE_TRANSFERS)
def arrival(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """What one transfer has brought."""
    row = get_arrival(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    rows = list_arrived(actor=visit.actor, tenant=visit.tenant.id, uid=uid, most=MOST_SHOWN)
    home = reverse("transfers", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "transfers/arrival.html",
        title=_("Devices from %(partner)s") % {"partner": row.partner},
        nav="transfers",
        crumbs=[Crumb(_("Transfers"), f"{home}?show=arrivals")],
        context={
            "row": row,
            "grid": transfer_views.arrived_table(rows, row.devices),
            "has_xlsx": row.devices <= transfer_files.MOST_XLSX_ROWS,
        },
    )


@tenant_page(Capability.SEE_TRANSFERS)
def devices(visit: Visit, uid: uuid.UUID, kind: str) -> HttpResponseBase:
    """Every device that came; CSV or XLSX."""
    row = get_arrival(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    lines = iterate_arrived(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    return transfer_files.arrived(kind, lines, _("arrived devices"), row.devices)


urlpatterns = [
    path("transfers/arrivals/<uuid:uid>/", arrival, name="arrival"),
    path("transfers/arrivals/<uuid:uid>/devices.<str:kind>", devices, name="arrival_devices"),
]
