"""The page of one device: its warranty on any day, its evidence and history, and what to do."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.actions import offer_deletion
from fleetward.devices.queries.history import list_changes
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError
from fleetward.warranty.actions.manual import enter_warranty, release_warranty
from fleetward.warranty.actions.runs import refresh_device
from fleetward.warranty.contracts import ManualWarranty, Reason, RunRow
from fleetward.warranty.queries.device import get_device
from fleetward.warranty.queries.runs import get_progress
from fleetward.warranty.texts import REASON_TEXTS
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.pages import device_views
from fleetward.web.pages.devices_deleting import list_crumb
from fleetward.web.pages.devices_filter import read_day
from fleetward.web.pages.devices_forms import WarrantyForm
from fleetward.web.recent import remember
from fleetward.web.render import render_page


@tenant_page(Capability.SEE_DEVICES)
def device(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """A device today, or on the day in `as_of` (W18)."""
    page = _page(visit, uid, WarrantyForm())
    remember(visit, page, uid)
    return page


def _page(visit: Visit, uid: uuid.UUID, form: WarrantyForm, status: int = 200) -> HttpResponseBase:
    as_of = read_day(visit.request.GET.get("as_of", ""))
    found = get_device(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=uid,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        as_of=as_of,
    )
    row = found.row
    is_active = row.is_active
    return render_page(
        visit,
        "devices/device.html",
        title=row.name or row.serial,
        nav="devices",
        crumbs=[list_crumb(visit)],
        has_simulated=row.is_simulated,
        status=status,
        context={
            "view": device_views.device_view(
                found, visit.today, as_of, expiring_days=visit.tenant.settings.expiring_days
            ),
            "history": device_views.history(
                list_changes(actor=visit.actor, tenant=visit.tenant.id, uid=uid),
                row,
                visit.tenant.customer_id,
                may_import=visit.may(Capability.IMPORT_DEVICES),
            ),
            "form": form,
            "offer": _offer(visit, uid) if is_active else None,
            "may_edit": is_active and visit.may(Capability.EDIT_DEVICES),
            "may_restore": not is_active and visit.may(Capability.EDIT_DEVICES),
            "may_refresh": is_active and visit.may(Capability.REFRESH_WARRANTY),
            "may_enter": is_active and visit.may(Capability.ENTER_WARRANTY),
        },
    )


def _offer(visit: Visit, uid: uuid.UUID) -> object:
    if not visit.may(Capability.DELETE_DEVICES):
        return None
    return offer_deletion(actor=visit.actor, tenant=visit.tenant.id, uids=[uid], now=visit.now)


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
    text = _("No vendor is asked about this device. %(reason)s: %(fix)s")
    return next((text % {"reason": r.label, "fix": r.fix} for r in reasons), _("Nothing to ask."))


@require_POST
@tenant_page(Capability.ENTER_WARRANTY)
def enter(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Store a hand-entered warranty, which wins over the vendor's answers (W17)."""
    form = WarrantyForm(visit.request.POST)
    if not form.is_valid():
        return _page(visit, uid, form, status=422)
    try:
        enter_warranty(
            actor=visit.actor,
            tenant=visit.tenant.id,
            device_uid=str(uid),
            warranty=ManualWarranty(**form.cleaned_data),
            now=visit.now,
        )
    except DomainError as error:
        form.add_error(None, " ".join(told(error)))
        return _page(visit, uid, form, status=status_of(error))
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
    path("devices/<uuid:uid>/", device, name="device"),
    path("devices/<uuid:uid>/refresh/", refresh, name="device_refresh"),
    path("devices/<uuid:uid>/warranty/", enter, name="warranty_enter"),
    path("devices/<uuid:uid>/warranty/release/", release, name="warranty_release"),
]
