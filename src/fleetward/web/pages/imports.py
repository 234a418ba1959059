"""Imports: the list, uploading, matching columns with a preview, progress, result, downloads."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.contracts import BulkState
from fleetward.devices.bulk.queries.undoing import get_import_undo
from fleetward.devices.imports.actions import (
    cancel_import,
    change_mapping,
    start_import,
    upload_list,
)
from fleetward.devices.imports.contracts import WORKING, ImportDetail, ImportState, Outcome, Upload
from fleetward.devices.imports.queries import (
    get_import,
    get_outcome_file,
    get_progress,
    list_imports,
)
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.web.actor_texts import actor_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line, kept
from fleetward.web.pages import import_files, import_undo, import_views
from fleetward.web.pages.bulk_views import bulk_href
from fleetward.web.pages.support_summaries import support_href
from fleetward.web.render import render_page, render_progress

# Of an undo: the rest of the import stays.
_GAVE_UP = {BulkState.CANCELLED, BulkState.FAILED}


@tenant_page(Capability.IMPORT_DEVICES)
def imports(visit: Visit) -> HttpResponseBase:
    """Imports of the tenant, latest first."""
    cursor = visit.request.GET.get("after")
    page = list_imports(actor=visit.actor, tenant=visit.tenant.id, cursor=cursor)
    next_href = f"?{urlencode({'after': page.after})}" if page.after else ""
    grid = import_views.import_table(page.rows, visit.tenant.customer_id, next_href)
    return render_page(
        visit, "imports/list.html", title=_("Imports"), nav="imports", context={"grid": grid}
    )


@tenant_page(Capability.IMPORT_DEVICES)
def new(visit: Visit) -> HttpResponseBase:
    """Send a device list."""
    if visit.request.method != "POST":
        return _upload_page(visit)
    file = visit.request.FILES.get("file")
    if file is None:
        return _upload_page(visit, _("Choose a file."))
    posted = visit.request.POST
    key = posted.get("request_key", "")[:64]
    upload = Upload(
        file_name=file.name or "",
        # The form's own key: a second click on the button is the same upload.
        request_key=f"page:{key}" if key else None,
        default_manufacturer=posted.get("default_manufacturer", "").strip()[:80],
    )
    try:
        uid = upload_list(
            actor=visit.actor,
            tenant=visit.tenant.id,
            upload=upload,
            chunks=file.chunks(),
            now=visit.now,
        ).uid
    except DomainError as error:
        return _upload_page(visit, in_a_line(error))
    return _to(visit, uid)


def _upload_page(visit: Visit, error: str = "") -> HttpResponseBase:
    return render_page(
        visit,
        "imports/new.html",
        title=_("Import devices"),
        nav="imports",
        crumbs=_crumbs(visit),
        status=422 if error else 200,
        context={
            "steps": import_views.steps(),
            "error": error,
            "request_key": uuid.uuid4().hex,
            "default_manufacturer": visit.request.POST.get("default_manufacturer", ""),
        },
    )


@tenant_page(Capability.IMPORT_DEVICES)
def detail(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One import, whatever state it is in."""
    return _detail_page(visit, _get(visit, uid))


def _detail_page(visit: Visit, found: ImportDetail, error: str = "") -> HttpResponseBase:
    row, report = found.summary, found.report
    is_ready = row.state is ImportState.READY
    context: dict[str, object] = {
        "found": found,
        "row": row,
        "error": error,
        "steps": import_views.steps(),
        "step": import_views.step_of(row.state),
        "is_ready": is_ready,
        "is_working": row.state in WORKING,
        "may_cancel": is_ready or (row.state in WORKING and row.state != ImportState.CANCELLING),
        "facts": import_views.facts(found),
    }
    if is_ready:
        context |= {
            "columns": import_views.column_lines(report),
            "missing": import_views.missing_text(report),
            "sample": import_views.sample_table(report),
            "figures": import_views.figures(report.expected),
            "reasons": import_views.reason_lines(found),
            "hints": import_views.hint_lines(report),
        }
    elif row.state in WORKING:
        context["progress"] = import_views.progress(row, visit.tenant.customer_id, visit.now)
    else:
        context |= _result(visit, found)
    return render_page(
        visit,
        "imports/detail.html",
        title=row.file_name,
        nav="imports",
        crumbs=_crumbs(visit),
        status=422 if error else 200,
        context=context,
    )


def _result(visit: Visit, found: ImportDetail) -> dict[str, object]:
    row = found.summary
    problem, fix = kept(found.problem)
    context: dict[str, object] = {
        "figures": import_views.figures(row.counts),
        "reasons": import_views.reason_lines(found) if row.done_rows else (),
        "stored": row.done_rows - row.counts.skipped - row.counts.refused,
        "problem": problem,
        "problem_fix": fix,
    }
    if row.done_rows:
        context["downloads"] = import_views.downloads(row, visit.tenant.customer_id)
    if row.counts.refused and not row.rows_removed_at:
        context["support_href"] = support_href(visit, "import", row.uid)
    return context | _undo(visit, row.uid)


def _undo(visit: Visit, uid: uuid.UUID) -> dict[str, object]:
    """Until when the import can be undone, and what became of its undo."""
    undo = get_import_undo(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    change = undo.change
    return {
        "import_undo": undo,
        "has_stayed": change is None or change.state in _GAVE_UP,
        "may_undo": undo.is_possible and visit.may(Capability.DELETE_DEVICES),
        "undo_href": bulk_href(change, visit.tenant.customer_id) if change else "",
        "by": actor_text(change.started_by) if change else "",
    }


@tenant_page(Capability.IMPORT_DEVICES)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The progress block alone, for the page that asks again and again."""
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    state = import_views.progress(row, visit.tenant.customer_id, visit.now)
    return render_progress(
        "imports/progress.html", {"progress": state}, is_over=row.state not in WORKING
    )


@require_POST
@tenant_page(Capability.IMPORT_DEVICES)
def columns(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Match the columns anew; the list is then counted again."""
    found = _get(visit, uid)
    posted = visit.request.POST
    if twice := import_views.fields_chosen_twice(found.report, posted):
        error = _("Chosen for more than one column: %(fields)s.") % {"fields": ", ".join(twice)}
        return _detail_page(visit, found, error)
    change_mapping(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=uid,
        mapping=import_views.mapping_of(found.report, posted),
        default_manufacturer=posted.get("default_manufacturer", ""),
        now=visit.now,
    )
    return _to(visit, uid)


@require_POST
@tenant_page(Capability.IMPORT_DEVICES)
def start(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Store what the preview shows."""
    try:
        start_import(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    except NotFound:
        raise
    except DomainError as error:
        return _detail_page(visit, _get(visit, uid), in_a_line(error))
    return _to(visit, uid)


@require_POST
@tenant_page(Capability.IMPORT_DEVICES)
def cancel(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Discard before the start, stop after it."""
    cancel_import(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return _to(visit, uid)


@tenant_page(Capability.IMPORT_DEVICES)
def download(visit: Visit, uid: uuid.UUID, which: str, kind: str) -> HttpResponseBase:
    """Every row with its outcome, or the refused ones to correct; CSV or XLSX."""
    if which not in {"outcomes", "refused"} or kind not in {"csv", "xlsx"}:
        raise NotFound
    only = Outcome.REFUSED if which == "refused" else None
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    found = get_outcome_file(actor=visit.actor, tenant=visit.tenant.id, uid=uid, only=only)
    lines = import_files.error_lines(found) if only else import_files.summary_lines(found)
    stem = row.file_name.rsplit(".", 1)[0]
    name = f"{stem} - " + (_("refused rows") if only else _("outcome"))
    if kind == "csv":
        return import_files.csv_response(lines, name)
    count = row.counts.refused if only else row.done_rows
    if count > import_files.MOST_XLSX_ROWS:
        raise NotFound
    return import_files.xlsx_response(lines, name)


def _get(visit: Visit, uid: uuid.UUID) -> ImportDetail:
    return get_import(actor=visit.actor, tenant=visit.tenant.id, uid=uid)


def _to(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    return redirect("import", customer_id=visit.tenant.customer_id, uid=uid)


def _crumbs(visit: Visit) -> tuple[Crumb, ...]:
    return (Crumb(_("Imports"), reverse("imports", args=[visit.tenant.customer_id])),)


urlpatterns = [
    path("imports/", imports, name="imports"),
    path("imports/new/", new, name="import_new"),
    path("imports/<uuid:uid>/", detail, name="import"),
    path("imports/<uuid:uid>/progress/", progress, name="import_progress"),
    path("imports/<uuid:uid>/columns/", columns, name="import_columns"),
    path("imports/<uuid:uid>/start/", start, name="import_start"),
    path("imports/<uuid:uid>/cancel/", cancel, name="import_cancel"),
    path("imports/<uuid:uid>/<str:which>.<str:kind>", download, name="import_download"),
    *import_undo.urlpatterns,
]
