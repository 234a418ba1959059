"""Unassigned Devices in the navigation of a partner: the way to its holding tenant, or why not."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.tenancy.queries.directory import find_holding, find_own_holding
from fleetward.web.door import Visit, tenant_page
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_CUSTOMERS)
def unassigned(visit: Visit) -> HttpResponseBase:
    """The devices of the partner's holding tenant; without a certified user what to do (T7)."""
    holding = find_own_holding(actor=visit.actor, partner=visit.tenant.id)
    if holding is not None:
        return redirect("devices", customer_id=holding.customer_id)
    return render_page(
        visit,
        "customers/unassigned.html",
        title=_("Unassigned Devices"),
        nav="unassigned",
        context={"was_open": find_holding(visit.tenant.id) is not None},
    )


urlpatterns = [path("unassigned/", unassigned, name="unassigned")]
