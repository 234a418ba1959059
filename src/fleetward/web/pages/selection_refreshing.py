"""Asking the vendors about selected devices: a few at once, many after another look (W7)."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.contracts import SelectionRow
from fleetward.warranty.actions.runs import refresh_selection
from fleetward.web.components.cells import number_text
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages.selection_pages import selection_of, selection_page


def refresh_first(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    """What the button of the selection bar does."""
    if selection.is_small:
        return _start(visit, selection)
    return redirect("selection_refresh", customer_id=visit.tenant.customer_id, uid=selection.uid)


@tenant_page(Capability.REFRESH_WARRANTY)
def refresh(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """How many devices the vendors will be asked about; sent, they are."""
    selection = selection_of(visit, uid)
    if visit.request.method == "POST":
        return _start(visit, selection)
    title = ngettext(
        "Refresh the warranty of %(n)s device",
        "Refresh the warranty of %(n)s devices",
        selection.devices,
    )
    return selection_page(
        visit,
        selection,
        "devices/selection_confirm.html",
        title % {"n": number_text(selection.devices)},
        {
            "note": _(
                "Every vendor is asked about its devices among these. What is known stays until "
                "there is a newer answer, and you are told when it is done."
            ),
            "button_icon": "refresh",
            "button": _("Refresh warranty"),
        },
    )


def _start(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    row = refresh_selection(
        actor=visit.actor, tenant=visit.tenant.id, selection=selection.uid, now=visit.now
    )
    return redirect("run", customer_id=visit.tenant.customer_id, uid=row.uid)


urlpatterns = [
    path("devices/selections/<uuid:uid>/refresh/", refresh, name="selection_refresh"),
]
