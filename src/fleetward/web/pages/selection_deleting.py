"""Deleting selected devices after the security code (E10), and bringing them back."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.actions import delete_selected, offer_selected_deletion
from fleetward.devices.bulk.contracts import BulkKind, SelectionRow
from fleetward.devices.contracts import SelectionChanged, WrongSecurityCode
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError
from fleetward.web.components.cells import number_text
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.pages.bulk_starting import begin, go_on
from fleetward.web.pages.selection_pages import key_of, selection_of, selection_page


@tenant_page(Capability.DELETE_DEVICES)
def delete(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """How many devices go, and the code to type; with it, they do."""
    if "security_code" not in visit.request.POST:
        return _code_page(visit, uid)
    try:
        row = delete_selected(
            actor=visit.actor,
            tenant=visit.tenant.id,
            selection=uid,
            token=visit.request.POST.get("token", ""),
            typed=visit.request.POST["security_code"],
            now=visit.now,
            request_key=key_of(visit),
        )
    except (SelectionChanged, WrongSecurityCode) as error:
        return _code_page(visit, uid, error)
    return go_on(visit, row)


def _code_page(visit: Visit, uid: uuid.UUID, error: DomainError | None = None) -> HttpResponseBase:
    selection, offer = offer_selected_deletion(
        actor=visit.actor, tenant=visit.tenant.id, selection=uid, now=visit.now
    )
    count = ngettext("Delete %(count)s device", "Delete %(count)s devices", offer.devices)
    return selection_page(
        visit,
        selection,
        "devices/selection_delete.html",
        count % {"count": number_text(offer.devices)},
        {"offer": offer, "error": told(error) if error else None},
        status=status_of(error) if error else 200,
    )


def restore_first(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    """What the button of the selection bar does."""
    if selection.is_small:
        return begin(visit, selection, BulkKind.RESTORE, {})
    return redirect("selection_restore", customer_id=visit.tenant.customer_id, uid=selection.uid)


@tenant_page(Capability.EDIT_DEVICES)
def restore(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """How many devices come back; sent, they do."""
    selection = selection_of(visit, uid)
    if visit.request.method == "POST":
        return begin(visit, selection, BulkKind.RESTORE, {}, key_of(visit))
    count = ngettext("Restore %(n)s device", "Restore %(n)s devices", selection.devices)
    title = count % {"n": number_text(selection.devices)}
    return selection_page(
        visit,
        selection,
        "devices/selection_confirm.html",
        title,
        {
            "note": _(
                "Restored devices are back in the list, the dashboard and bulk processing, with "
                "their answers and history. Deleting them again takes a security code."
            ),
            "button_icon": "arrow-back-up",
            "button": title,
        },
    )


urlpatterns = [
    path("devices/selections/<uuid:uid>/restore/", restore, name="selection_restore"),
    path("devices/selections/<uuid:uid>/delete/", delete, name="selection_delete"),
]
