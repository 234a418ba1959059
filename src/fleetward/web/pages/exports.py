"""Files of the device list: at once, or as jobs with their list, their progress and their file."""

from __future__ import annotations

import uuid
from typing import IO

from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.downloads import CONTENT_TYPES, download, download_kept
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.exporting import DeviceListing, export_devices
from fleetward.warranty.exports.actions import cancel_export, fetch_export
from fleetward.warranty.exports.contracts import ExportFormat
from fleetward.warranty.exports.queries import get_export, list_exports
from fleetward.warranty.queries.export import Sheet
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import kept
from fleetward.web.pages import exports_views
from fleetward.web.pages.devices_asked import asked
from fleetward.web.pages.devices_columns import file_columns, wording
from fleetward.web.pages.devices_filter import list_crumb
from fleetward.web.pages.exports_starting import begin_export, file_name
from fleetward.web.render import render_page, render_progress


@tenant_page(Capability.EXPORT_DEVICES, spans=True)
def export_now(visit: Visit) -> HttpResponseBase:
    """The list as a CSV file: the same filter, order and columns."""
    wanted = asked(visit)
    zone = visit.tenant.settings.time_zone
    columns = file_columns(wanted.layout.specs)
    if visit.is_spanning:
        columns = [("customer", _("Customer")), ("customer_id", _("Customer ID")), *columns]
    sheet = Sheet(wanted.order, columns, wording(zone))

    def write(out: IO[bytes]) -> None:
        export_devices(
            actor=visit.actor,
            tenant=visit.tenant.id,
            listing=DeviceListing(
                wanted.only, sheet, visit.today, visit.tenant.settings.expiring_days
            ),
            out=out,
            now=visit.now,
        )

    return download(write, name=file_name(visit, visit.today, "csv"))


@tenant_page(Capability.EXPORT_DEVICES)
def exports(visit: Visit) -> HttpResponseBase:
    """One's own exports, latest first; a form that names a list starts another."""
    posted = visit.posted
    if posted is not None:
        format_ = posted.get("format", "")
        if format_ not in set(ExportFormat):
            raise NotFound
        return begin_export(visit, ExportFormat(format_), QueryDict(posted.get("query", "")))
    page = list_exports(
        actor=visit.actor, tenant=visit.tenant.id, cursor=visit.request.GET.get("after")
    )
    return render_page(
        visit,
        "exports/list.html",
        title=_("Exports"),
        nav="devices",
        crumbs=[list_crumb(visit)],
        context={
            "grid": exports_views.exports_table(page.rows, visit.tenant.customer_id, page.after)
        },
    )


@tenant_page(Capability.EXPORT_DEVICES)
def export(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One export: how far it is, or how it ended, with its file."""
    row = get_export(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    customer_id = visit.tenant.customer_id
    problem, fix = kept(row.problem)
    return render_page(
        visit,
        "exports/detail.html",
        title=exports_views.title_of(row),
        nav="devices",
        crumbs=[
            list_crumb(visit),
            Crumb(_("Exports"), reverse("exports", args=[customer_id])),
        ],
        context={
            "row": row,
            "progress": exports_views.progress(row, customer_id),
            "facts": exports_views.facts(row),
            "problem": problem,
            "problem_fix": fix,
        },
    )


@tenant_page(Capability.EXPORT_DEVICES)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_export(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    state = exports_views.progress(row, visit.tenant.customer_id)
    return render_progress(
        "web/components/progress_now.html", {"state": state}, is_over=not row.state.is_open
    )


@require_POST
@tenant_page(Capability.EXPORT_DEVICES)
def cancel(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Stop it; there will be no file."""
    row = cancel_export(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return HttpResponseRedirect(exports_views.export_href(row, visit.tenant.customer_id))


@tenant_page(Capability.EXPORT_DEVICES)
def file(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The file, for whoever asked for it."""
    row, made = fetch_export(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    name = file_name(visit, row.today, str(row.format))
    return download_kept(made, name=name, content_type=CONTENT_TYPES[row.format])


urlpatterns = [
    path("devices/export.csv", export_now, name="devices_export"),
    path("exports/", exports, name="exports"),
    path("exports/<uuid:uid>/", export, name="export"),
    path("exports/<uuid:uid>/progress/", progress, name="export_progress"),
    path("exports/<uuid:uid>/cancel/", cancel, name="export_cancel"),
    path("exports/<uuid:uid>/file/", file, name="export_file"),
]
