"""Moving selected devices to a customer or back to what is held for none, without a file; its
preview comes first.
"""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.transfers.actions import transfer_selected
from fleetward.transfers.queries import list_targets
from fleetward.web import tenants
from fleetward.web.components.cells import number_text
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.selection_pages import key_of, selection_of, selection_page


@tenant_page(Capability.TRANSFER_DEVICES)
def transfer(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Where the selected devices go."""
    selection = selection_of(visit, uid)
    error = ""
    if visit.request.method == "POST":
        try:
            made = transfer_selected(
                actor=visit.actor,
                source=visit.tenant.id,
                selection=uid,
                customer_id=visit.request.POST.get("target", ""),
                now=visit.now,
                request_key=key_of(visit),
            )
        except NotFound:
            raise
        except DomainError as refused:
            error = in_a_line(refused)
        else:
            return redirect("transfer", customer_id=visit.tenant.customer_id, uid=made.uid)
    targets = list_targets(actor=visit.actor, source=visit.tenant.id)
    title = ngettext("Transfer %(n)s device", "Transfer %(n)s devices", selection.devices)
    return selection_page(
        visit,
        selection,
        "transfers/selected.html",
        title % {"n": number_text(selection.devices)},
        {
            "source": tenants.choice(visit.tenant).name,
            "targets": [tenants.choice(target) for target in targets],
            "error": error,
            "note": _("Nothing moves before you have seen what the transfer would do."),
        },
        status=422 if error else 200,
    )


urlpatterns = [
    path("devices/selections/<uuid:uid>/transfer/", transfer, name="selection_transfer"),
]
