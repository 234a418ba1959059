"""Deleting devices with the security code of E10, and bringing them back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
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
from fleetward.devices.contracts import MOST_AT_ONCE, TooManyDevices
from fleetward.devices.queries.history import DeletedRow, list_deleted, list_named
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.warranty.queries.grid import list_selected
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.pages.devices_filter import read_filter
from fleetward.web.render import render_page
from fleetward.web.undo import offer_undo

MOST_SHOWN = 100
MOST_NAMED = 8


def list_crumb(visit: Visit) -> Crumb:
    return Crumb(_("Devices"), reverse("devices", args=[visit.tenant.customer_id]))


@dataclass(frozen=True, slots=True)
class Picked:
    """What a form selects: rows, or everything that a filter leaves (`query`)."""

    uids: Sequence[uuid.UUID]
    everything: bool
    query: str


def picked(visit: Visit) -> Picked:
    """Evaluate a selection now, under the actor's scope. Raises: TooManyDevices, NotFound."""
    post = visit.request.POST
    query, everything = post.get("query", ""), post.get("everything") == "1"
    if everything:
        found = list_selected(
            actor=visit.actor,
            tenant=visit.tenant.id,
            only=read_filter(QueryDict(query), visit.today),
            today=visit.today,
            expiring_days=visit.tenant.settings.expiring_days,
            most=MOST_AT_ONCE,
        )
        if len(found) > MOST_AT_ONCE:
            raise TooManyDevices
    else:
        found = post.getlist("picked")
    try:
        uids = [uuid.UUID(uid) for uid in dict.fromkeys(found)]
    except ValueError:
        raise NotFound from None
    return Picked(uids, everything, query)


def back_to_list(visit: Visit, query: str = "") -> HttpResponseRedirect:
    """The list as it was; only what could be in its own address goes along."""
    home = reverse("devices", args=[visit.tenant.customer_id])
    kept = QueryDict(mutable=True)
    for name, values in parse_qs(query).items():
        if name != "cursor":
            kept.setlist(name, values)
    return HttpResponseRedirect(f"{home}?{kept.urlencode()}" if kept else home)


@require_POST
@tenant_page(Capability.DELETE_DEVICES)
def delete(visit: Visit) -> HttpResponseBase:
    """Ask for the security code (E10); with it, delete."""
    chosen = picked(visit)
    if not chosen.uids:
        return back_to_list(visit, chosen.query)
    if "security_code" not in visit.request.POST:
        return _code_page(visit, chosen)
    asked = {"actor": visit.actor, "tenant": visit.tenant.id, "uids": chosen.uids, "now": visit.now}
    try:
        check_code(
            **asked,  # type: ignore[arg-type]
            token=visit.request.POST.get("token", ""),
            typed=visit.request.POST["security_code"],
        )
    except DomainError as error:
        return _code_page(visit, chosen, error)
    done = delete_devices(**asked)  # type: ignore[arg-type]
    text = ngettext("%(count)s device deleted", "%(count)s devices deleted", done.devices)
    offer_undo(
        visit,
        text % {"count": number_text(done.devices)},
        href=reverse("devices_deleted", args=[visit.tenant.customer_id, done.reference]),
    )
    return back_to_list(visit, chosen.query)


def _code_page(visit: Visit, chosen: Picked, error: DomainError | None = None) -> HttpResponseBase:
    offer = offer_deletion(
        actor=visit.actor, tenant=visit.tenant.id, uids=chosen.uids, now=visit.now
    )
    count = ngettext("Delete %(count)s device", "Delete %(count)s devices", offer.devices)
    named = list_named(actor=visit.actor, tenant=visit.tenant.id, uids=chosen.uids, most=MOST_NAMED)
    rest = offer.devices - len(named)
    return render_page(
        visit,
        "devices/delete.html",
        title=count % {"count": number_text(offer.devices)},
        nav="devices",
        crumbs=[list_crumb(visit)],
        status=status_of(error) if error else 200,
        context={
            "offer": offer,
            "chosen": chosen,
            "named": named,
            "rest": number_text(rest) if rest else "",
            "error": told(error) if error else None,
            "submit": count % {"count": number_text(offer.devices)},
            "back_href": back_to_list(visit, chosen.query).url,
        },
    )


@require_POST
@tenant_page(Capability.EDIT_DEVICES)
def restore(visit: Visit) -> HttpResponseBase:
    """Bring inactive devices back."""
    chosen = picked(visit)
    if chosen.uids:
        number = restore_devices(
            actor=visit.actor, tenant=visit.tenant.id, uids=chosen.uids, now=visit.now
        )
        messages.success(visit.request, _restored(number))
    if len(chosen.uids) == 1 and not chosen.query:
        return redirect("device", customer_id=visit.tenant.customer_id, uid=chosen.uids[0])
    return back_to_list(visit, chosen.query)


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
    return render_page(
        visit,
        "devices/deleted.html",
        title=_("Deleted devices"),
        nav="devices",
        crumbs=[list_crumb(visit)],
        context={"grid": _deleted_table(visit, rows)},
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
    return Row(str(row.uid), shown, href)


def _restored(number: int) -> str:
    return ngettext("%(count)s device restored.", "%(count)s devices restored.", number) % {
        "count": number_text(number)
    }


urlpatterns = [
    path("devices/delete/", delete, name="devices_delete"),
    path("devices/restore/", restore, name="devices_restore"),
    path("devices/deleted/<str:reference>/", deleted, name="devices_deleted"),
]
