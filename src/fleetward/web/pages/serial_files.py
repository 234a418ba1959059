"""Deleting by file (E10): a file of serials is sent, looked up, and shown before anything goes.

Then the page of its selection asks for the security code (`selection_deleting`).
"""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from fleetward.access.contracts import Capability
from fleetward.devices.serial_lists.actions import upload_serials
from fleetward.devices.serial_lists.contracts import SerialListRow, SerialOutcome, SerialState
from fleetward.devices.serial_lists.queries import (
    get_serial_list,
    iterate_serial_rows,
    list_serial_rows,
)
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import DomainError
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line, kept
from fleetward.web.pages import serial_views
from fleetward.web.pages.devices_filter import list_crumb
from fleetward.web.render import render_page, render_progress

MOST_SHOWN = 20
_LEFT_OUT = [outcome for outcome in SerialOutcome if outcome is not SerialOutcome.FOUND]


@tenant_page(Capability.DELETE_DEVICES)
def new(visit: Visit) -> HttpResponseBase:
    """Send a file of serials."""
    if visit.request.method != "POST":
        return _upload_page(visit)
    file = visit.request.FILES.get("file")
    if file is None:
        return _upload_page(visit, _("Choose a file."))
    try:
        uid = upload_serials(
            actor=visit.actor,
            tenant=visit.tenant.id,
            file_name=file.name or "",
            chunks=file.chunks(),
            now=visit.now,
        )
    except DomainError as error:
        return _upload_page(visit, in_a_line(error))
    return redirect("serials", customer_id=visit.tenant.customer_id, uid=uid)


def _upload_page(visit: Visit, error: str = "") -> HttpResponseBase:
    return render_page(
        visit,
        "devices/serials_new.html",
        title=_("Delete by file"),
        nav="devices",
        crumbs=[list_crumb(visit)],
        status=422 if error else 200,
        context={"error": error},
    )


@tenant_page(Capability.DELETE_DEVICES)
def sample(visit: Visit) -> HttpResponseBase:
    """What a file may look like."""
    lines = csv_lines(serial_views.sample_headers(), serial_views.SAMPLE)
    return download_pieces(lines, name=_("devices-to-delete") + ".csv")


@tenant_page(Capability.DELETE_DEVICES)
def serials(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One file: how far it is, or what its rows name."""
    row = get_serial_list(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    customer_id = visit.tenant.customer_id
    problem, fix = kept(row.problem)
    return render_page(
        visit,
        "devices/serials.html",
        title=row.file_name,
        nav="devices",
        crumbs=[
            list_crumb(visit),
            Crumb(_("Delete by file"), reverse("serials_new", args=[customer_id])),
        ],
        context={
            "row": row,
            "is_ready": row.state is SerialState.READY,
            "problem": problem,
            "problem_fix": fix,
            "progress": serial_views.progress(row, customer_id),
            "facts": serial_views.facts(row),
            "figures": serial_views.figures(row),
            "delete_text": serial_views.delete_text(row),
            "grid": _left_out(visit, row),
        },
    )


def _left_out(visit: Visit, row: SerialListRow) -> object:
    """The first rows that name no device to delete, of a file that has been read."""
    total = row.done_rows - row.found
    if row.state is not SerialState.READY or not total:
        return None
    rows = list_serial_rows(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=row.uid,
        outcomes=_LEFT_OUT,
        most=MOST_SHOWN,
    )
    return serial_views.rows_table(rows, total)


@tenant_page(Capability.DELETE_DEVICES)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_serial_list(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    state = serial_views.progress(row, visit.tenant.customer_id)
    return render_progress(
        "web/components/progress_now.html",
        {"state": state},
        is_over=row.state is not SerialState.READING,
    )


@tenant_page(Capability.DELETE_DEVICES)
def rows(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Every row of the file with its outcome, and after the deletion what became of its device."""
    row = get_serial_list(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    found = iterate_serial_rows(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    lines = csv_lines(serial_views.file_headers(), map(serial_views.file_line, found))
    name = row.file_name.rsplit(".", 1)[0] + " - " + _("outcome")
    return download_pieces(lines, name=f"{name}.csv")


urlpatterns = [
    path("devices/by-file/", new, name="serials_new"),
    path("devices/by-file/sample.csv", sample, name="serials_sample"),
    path("devices/by-file/<uuid:uid>/", serials, name="serials"),
    path("devices/by-file/<uuid:uid>/progress/", progress, name="serials_progress"),
    path("devices/by-file/<uuid:uid>/rows.csv", rows, name="serials_rows"),
]
