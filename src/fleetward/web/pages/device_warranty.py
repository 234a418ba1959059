"""What is done about a device's warranty: ask its vendor now, enter it by hand, drop that."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.actions.runs import refresh_device
from fleetward.warranty.contracts import ManualWarranty, Reason, RunRow
from fleetward.warranty.queries.runs import get_progress
from fleetward.warranty.texts import REASON_TEXTS
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.device import page_of
from fleetward.web.pages.devices_forms import WarrantyForm


@require_POST
@tenant_page(Capability.REFRESH_WARRANTY)
def refresh(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Ask the vendor about this device now, or say why it is not asked about."""
    run = refresh_device(
        actor=visit.actor, tenant=visit.tenant.id, device_uid=str(uid), now=visit.now
    )
    if run.state.is_open:
        text = _("The vendor is being asked. Reload this page in a moment.")
        messages.success(visit.request, text)
    else:
        messages.warning(visit.request, _not_asked(visit, run))
    return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)


def _not_asked(visit: Visit, run: RunRow) -> str:
    """Why a run was over before any vendor was asked."""
    parts = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=run.uid)
    reasons = [REASON_TEXTS[Reason(word)] for part in parts for word in part.skipped]
    text = _("No vendor is asked about this device. %(reason)s. %(fix)s")
    return next((text % {"reason": r.label, "fix": r.fix} for r in reasons), _("Nothing to ask."))


@require_POST
@tenant_page(Capability.ENTER_WARRANTY)
def enter(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Store a hand-entered warranty, which wins over the vendor's answers (W17)."""
    form = WarrantyForm(visit.request.POST)
    if not form.is_valid():
        return page_of(visit, uid, form, status=422)
    try:
        enter_warranty(
            actor=visit.actor,
            tenant=visit.tenant.id,
            device_uid=str(uid),
            warranty=ManualWarranty(**form.cleaned_data),
            now=visit.now,
        )
    except DomainError as error:
        form.add_error(None, in_a_line(error))
        return page_of(visit, uid, form, status=status_of(error))
    messages.success(visit.request, _("Warranty entered."))
    return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)


@require_POST
@tenant_page(Capability.ENTER_WARRANTY)
def release(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Drop the hand-entered warranty; the vendor's answers count again."""
    release_warranty(actor=visit.actor, tenant=visit.tenant.id, device_uid=str(uid), now=visit.now)
    messages.success(visit.request, _("The vendor's answers count again."))
    return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)


urlpatterns = [
    path("devices/<uuid:uid>/refresh/", refresh, name="device_refresh"),
    path("devices/<uuid:uid>/warranty/", enter, name="warranty_enter"),
    path("devices/<uuid:uid>/warranty/release/", release, name="warranty_release"),
]
