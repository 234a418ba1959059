"""Undoing an import: what it would do, the code to type, and the devices that are left alone."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.actions import offer_import_undo, undo_confirmed_import
from fleetward.devices.bulk.contracts import ImportUndone, UndoChanged
from fleetward.devices.bulk.queries.undoing import iterate_left
from fleetward.devices.contracts import WrongSecurityCode
from fleetward.devices.imports.queries import get_progress
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.infra.requests import status_of
from fleetward.kernel.errors import DomainError
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.pages import import_undo_views
from fleetward.web.pages.bulk_starting import finished
from fleetward.web.pages.bulk_views import bulk_href
from fleetward.web.pages.selection_bar import selection_bar, with_boxes
from fleetward.web.render import render_page


@tenant_page(Capability.IMPORT_DEVICES)
def undo(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """What undoing an import would do; with the security code, it does."""
    try:
        return _begun(visit, uid) if "security_code" in visit.request.POST else _page(visit, uid)
    except ImportUndone:
        # Its own page says so: a second click on the button, or somebody else's.
        return redirect("import", customer_id=visit.tenant.customer_id, uid=uid)


def _begun(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    try:
        row = undo_confirmed_import(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uid=uid,
            token=visit.request.POST.get("token", ""),
            typed=visit.request.POST["security_code"],
            now=visit.now,
        )
    except (UndoChanged, WrongSecurityCode) as error:
        return _page(visit, uid, error)
    if row.is_small:
        finished(visit, row)
    return HttpResponseRedirect(bulk_href(row, visit.tenant.customer_id))


def _page(visit: Visit, uid: uuid.UUID, error: DomainError | None = None) -> HttpResponseBase:
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    preview, offer = offer_import_undo(
        actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now
    )
    customer_id = visit.tenant.customer_id
    bar = selection_bar(visit)
    return render_page(
        visit,
        "imports/undo.html",
        title=_("Undo the import"),
        nav="imports",
        crumbs=(
            Crumb(_("Imports"), reverse("imports", args=[customer_id])),
            Crumb(row.file_name, reverse("import", args=[customer_id, uid])),
        ),
        status=status_of(error) if error else 200,
        context={
            "row": row,
            "offer": offer,
            "error": told(error) if error else None,
            "figures": import_undo_views.figures(preview.counts),
            "has_any": bool(preview.counts.removed or preview.counts.done),
            "left": preview.counts.left_alone,
            "is_cut": preview.counts.left_alone > len(preview.left),
            "grid": with_boxes(import_undo_views.left_table(preview.left, customer_id), bar),
            "bar": bar,
        },
    )


@tenant_page(Capability.IMPORT_DEVICES)
def left(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Every device that the undo would leave alone, as CSV."""
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    found = iterate_left(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    lines = csv_lines(import_undo_views.headers(), map(import_undo_views.line, found))
    stem = row.file_name.rsplit(".", 1)[0]
    told = _("not undone")
    return download_pieces(lines, name=f"{stem} - {told}.csv")


urlpatterns = [
    path("imports/<uuid:uid>/undo/", undo, name="import_undo"),
    path("imports/<uuid:uid>/undo/left.csv", left, name="import_undo_left"),
]
