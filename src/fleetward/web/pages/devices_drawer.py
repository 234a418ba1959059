"""A device beside the list: what its page says first, without leaving the list."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.template import loader
from django.urls import path, reverse

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import NotFound
from fleetward.warranty.queries.device import get_device
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.device_views import DeviceView, device_view
from fleetward.web.pages.devices_filter import DRAWER, Address


@dataclass(frozen=True, slots=True)
class Drawer:
    """The device and what may be done with it; `close_href` is the list without it."""

    view: DeviceView
    close_href: str
    may_edit: bool
    may_refresh: bool


def open_drawer(visit: Visit) -> Drawer | None:
    """The device that the address of a list names; None for none, or for one out of sight."""
    try:
        uid = UUID(visit.request.GET.get(DRAWER, ""))
        return _drawer(visit, uid)
    except (ValueError, NotFound):
        return None


def _drawer(visit: Visit, uid: UUID) -> Drawer:
    days = visit.tenant.settings.expiring_days
    found = get_device(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=uid,
        today=visit.today,
        expiring_days=days,
    )
    home = Address(reverse("devices", args=[visit.tenant.customer_id]), visit.request.GET)
    is_active = found.row.is_active
    return Drawer(
        view=device_view(found, visit.today, None, expiring_days=days),
        close_href=home.without(DRAWER),
        may_edit=is_active and visit.may(Capability.EDIT_DEVICES),
        may_refresh=is_active and visit.may(Capability.REFRESH_WARRANTY),
    )


@tenant_page(Capability.SEE_DEVICES)
def drawer(visit: Visit, uid: UUID) -> HttpResponseBase:
    """The inside of the drawer alone, for a list that is open already."""
    found = _drawer(visit, uid)
    context = {
        "view": found.view,
        "close_href": found.close_href,
        "may_edit": found.may_edit,
        "may_refresh": found.may_refresh,
        "customer_id": visit.tenant.customer_id,
    }
    text = loader.render_to_string("devices/drawer.html", context, request=visit.request)
    response = HttpResponse(text)
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [path("devices/<uuid:uid>/drawer/", drawer, name="device_drawer")]
