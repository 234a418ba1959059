"""Deleting one device with the security code of E10, and bringing it back.

Many are deleted as a selection (`selection_deleting`), or by a file (`serial_files`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.actions import (
    check_code,
    delete_devices,
    offer_deletion,
    restore_devices,
    undo_deletion,
)
from fleetward.devices.contracts import SelectionChanged, WrongSecurityCode
from fleetward.devices.queries.history import DeletedRow, list_deleted, list_named
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.pages import serial_files
from fleetward.web.pages.devices_filter import back_to_list, list_crumb
from fleetward.web.pages.selection_bar import selection_bar, with_boxes
from fleetward.web.render import render_page
from fleetward.web.undo import offer_undo

MOST_SHOWN = 100


@tenant_page(Capability.DELETE_DEVICES)
def delete(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Ask for the security code (E10); with it, delete the device."""
    if "security_code" not in visit.request.POST:
        return _code_page(visit, uid)
    try:
        check_code(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uid=uid,
            token=visit.request.POST.get("token", ""),
            typed=visit.request.POST["security_code"],
            now=visit.now,
        )
    except (SelectionChanged, WrongSecurityCode) as error:
        return _code_page(visit, uid, error)
    done = delete_devices(actor=visit.actor, tenant=visit.tenant.id, uids=[uid], now=visit.now)
    undo_href = reverse("devices_deleted", args=[visit.tenant.customer_id, done.reference])
    offer_undo(visit, _("Device deleted"), href=undo_href)
    return back_to_list(visit)


def _code_page(visit: Visit, uid: uuid.UUID, error: DomainError | None = None) -> HttpResponseBase:
    named = list_named(actor=visit.actor, tenant=visit.tenant.id, uids=[uid])
    if not named:
        raise NotFound
    offer = offer_deletion(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return render_page(
        visit,
        "devices/delete.html",
        title=_("Delete device"),
        nav="devices",
        crumbs=[list_crumb(visit)],
        status=status_of(error) if error else 200,
        context={"offer": offer, "device": named[0], "error": told(error) if error else None},
    )


@require_POST
@tenant_page(Capability.EDIT_DEVICES)
def restore(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Bring an inactive device back."""
    number = restore_devices(actor=visit.actor, tenant=visit.tenant.id, uids=[uid], now=visit.now)
    messages.success(visit.request, _restored(number))
    return redirect("device", customer_id=visit.tenant.customer_id, uid=uid)


@tenant_page(Capability.EDIT_DEVICES)
def deleted(visit: Visit, reference: str) -> HttpResponseBase:
    """What one deletion took away, with the way back."""
    if visit.request.method == "POST":
        number = undo_deletion(
            actor=visit.actor, tenant=visit.tenant.id, reference=reference, now=visit.now
        )
        messages.success(visit.request, _restored(number))
        return back_to_list(visit)
    rows = list_deleted(actor=visit.actor, tenant=visit.tenant.id, reference=reference)
    if not rows:
        raise NotFound
    bar = selection_bar(visit, has_active=False, has_inactive=True)
    return render_page(
        visit,
        "devices/deleted.html",
        title=_("Deleted devices"),
        nav="devices",
        crumbs=[list_crumb(visit)],
        context={"grid": with_boxes(_deleted_table(visit, rows), bar), "bar": bar},
    )


def _deleted_table(visit: Visit, rows: Sequence[DeletedRow]) -> Table:
    customer_id = visit.tenant.customer_id
    count = ngettext("%(count)s device", "%(count)s devices", len(rows))
    return Table(
        caption=_("Deleted devices"),
        columns=(
            Column("name", _("Name"), "main"),
            Column("serial", _("Serial number")),
            Column("manufacturer", _("Manufacturer")),
            Column("at", _("Deleted")),
            Column("who", _("By"), "extra"),
        ),
        rows=tuple(_deleted_row(customer_id, row) for row in rows[:MOST_SHOWN]),
        count=count % {"count": number_text(len(rows))},
    )


def _deleted_row(customer_id: str, row: DeletedRow) -> Row:
    href = reverse("device", args=[customer_id, row.uid])
    shown = (
        cells.link(row.name or row.serial, href),
        cells.code(row.serial),
        cells.text(row.manufacturer),
        cells.moment(row.at),
        cells.text(actor_text(row.actor)),
    )
    return Row(str(row.uid), shown, href, row.name or row.serial)


def _restored(number: int) -> str:
    return ngettext("%(count)s device restored.", "%(count)s devices restored.", number) % {
        "count": number_text(number)
    }


urlpatterns = [
    *serial_files.urlpatterns,
    path("devices/<uuid:uid>/delete/", delete, name="device_delete"),
    path("devices/<uuid:uid>/restore/", restore, name="device_restore"),
    path("devices/deleted/<str:reference>/", deleted, name="devices_deleted"),
]
