"""Adding a device by hand (E1), and editing one."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.actions import add_device, change_device, undo_change
from fleetward.devices.contracts import (
    FIELDS,
    BadDevice,
    DeviceInput,
    DuplicateDevice,
    Origin,
)
from fleetward.devices.queries.history import find_device
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.tenancy.licences.contracts import PlanRow
from fleetward.tenancy.licences.queries import list_plans_to_give
from fleetward.warranty.queries.device import get_device
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.devices_filter import list_crumb
from fleetward.web.pages.devices_forms import DeviceForm
from fleetward.web.pages.seen import seen_in
from fleetward.web.render import render_page
from fleetward.web.undo import offer_undo


@tenant_page(Capability.EDIT_DEVICES)
def add(visit: Visit) -> HttpResponseBase:
    """A form for one device (E1)."""
    if visit.request.method != "POST":
        return _form_page(visit, DeviceForm(), _("Add device"))
    form = DeviceForm(visit.request.POST)
    if form.is_valid():
        given = DeviceInput(**form.cleaned_data)
        try:
            uid = add_device(
                actor=visit.actor,
                tenant=visit.tenant.id,
                device=given,
                origin=Origin.MANUAL,
                now=visit.now,
            )
        except (BadDevice, DuplicateDevice) as error:
            return _refused(visit, form, error, _("Add device"))
        messages.success(visit.request, _("Device added."))
        return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)
    return _form_page(visit, form, _("Add device"), status=422)


@tenant_page(Capability.EDIT_DEVICES)
def edit(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The same form for a device that is there."""
    row = get_device(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=uid,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
    ).row
    title = _("Edit %(name)s") % {"name": row.name or row.serial}
    if visit.request.method != "POST":
        initial = {field: getattr(row, field) for field in FIELDS}
        form = DeviceForm(initial=initial, plans=plans_to_give(visit), plan=row.plan)
        return _form_page(visit, form, title, uid=uid, seen=row.updated_at)
    form = DeviceForm(visit.request.POST, plans=plans_to_give(visit), plan=row.plan)
    seen = seen_in(visit)
    if form.is_valid():
        try:
            is_changed = change_device(
                actor=visit.actor,
                tenant=visit.tenant.id,
                uid=uid,
                changes=form.cleaned_data,
                now=visit.now,
                seen=seen,
            )
        except (BadDevice, DuplicateDevice) as error:
            return _refused(visit, form, error, title, uid, seen=seen)
        except ChangedMeanwhile as error:
            # Whoever has read that and sends the form again means it.
            form.add_error(None, in_a_line(error))
            return _form_page(
                visit, form, title, uid=uid, seen=row.updated_at, is_behind=True, status=409
            )
        if is_changed:
            way = [visit.tenant.customer_id, uid, visit.actor.request_id]
            offer_undo(visit, _("Saved."), href=reverse("device_undo", args=way))
        else:
            messages.success(visit.request, _("Nothing has changed."))
        return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)
    return _form_page(visit, form, title, uid=uid, seen=seen, status=422)


@require_POST
@tenant_page(Capability.EDIT_DEVICES)
def undo(visit: Visit, uid: uuid.UUID, reference: str) -> HttpResponseBase:
    """Take one edit back."""
    try:
        undo_change(
            actor=visit.actor, tenant=visit.tenant.id, uid=uid, reference=reference, now=visit.now
        )
    except ChangedMeanwhile:
        text = _(
            "Nothing was undone: the device has been changed since. Its history tells by whom."
        )
        messages.error(visit.request, text)
    except (BadDevice, DuplicateDevice) as error:
        messages.error(visit.request, in_a_line(error))
    else:
        messages.success(visit.request, _("The device is as it was before the edit."))
    return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)


def plans_to_give(visit: Visit) -> list[PlanRow]:
    """Which plans the reader may give devices (L3)."""
    if not visit.may(Capability.MANAGE_LICENCES):
        return []
    tenant, today = visit.tenant.id, visit.now.date()
    return list_plans_to_give(actor=visit.actor, tenant=tenant, today=today)


def _refused(
    visit: Visit,
    form: DeviceForm,
    error: BadDevice | DuplicateDevice,
    title: str,
    uid: uuid.UUID | None = None,
    seen: datetime | None = None,
) -> HttpResponseBase:
    known = None
    if isinstance(error, BadDevice):
        form.refuse(error)
    else:
        form.add_error(None, in_a_line(error))
        known = find_device(
            actor=visit.actor,
            tenant=visit.tenant.id,
            manufacturer=error.manufacturer,
            serial=error.serial,
            product_number=error.product_number,
        )
    return _form_page(visit, form, title, uid=uid, seen=seen, known=known, status=status_of(error))


def _form_page(
    visit: Visit,
    form: DeviceForm,
    title: str,
    *,
    uid: uuid.UUID | None = None,
    seen: datetime | None = None,
    is_behind: bool = False,
    known: uuid.UUID | None = None,
    status: int = 200,
) -> HttpResponseBase:
    customer_id = visit.tenant.customer_id
    here = (
        reverse("device", args=[customer_id, uid])
        if uid
        else reverse("devices", args=[customer_id])
    )
    return render_page(
        visit,
        "devices/form.html",
        title=title,
        nav="devices",
        crumbs=[list_crumb(visit)],
        status=status,
        context={
            "form": form,
            "back_href": here,
            "is_new": uid is None,
            "seen": seen.isoformat() if seen else "",
            "is_behind": is_behind,
            "known_href": reverse("device", args=[customer_id, known]) if known else "",
        },
    )


urlpatterns = [
    path("devices/add/", add, name="device_add"),
    path("devices/<uuid:uid>/edit/", edit, name="device_edit"),
    path("devices/<uuid:uid>/undo/<str:reference>/", undo, name="device_undo"),
]
