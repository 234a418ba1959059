"""Bulk changes: the list, one of them live and ended, cancel, undo, and the summary to download."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.actions import cancel_bulk, undo_bulk
from fleetward.devices.bulk.contracts import OPPOSITE, BulkKind, BulkOutcome, BulkRow
from fleetward.devices.bulk.queries import get_bulk, iterate_items, list_bulk, list_items
from fleetward.devices.serial_lists.queries import find_list_of
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import kept
from fleetward.web.pages import bulk_views
from fleetward.web.pages.bulk_starting import finished, tell
from fleetward.web.pages.devices_filter import back_to_list, list_crumb
from fleetward.web.pages.selection_bar import selection_bar
from fleetward.web.render import render_page, render_progress

_SWITCHES = (BulkKind.DELETE, BulkKind.RESTORE, BulkKind.UNDO_IMPORT)


@tenant_page(Capability.SEE_DEVICES)
def bulk_changes(visit: Visit) -> HttpResponseBase:
    """Bulk changes of the tenant, latest first."""
    cursor = visit.request.GET.get("after")
    page = list_bulk(actor=visit.actor, tenant=visit.tenant.id, cursor=cursor)
    return render_page(
        visit,
        "devices/bulk_list.html",
        title=_("Bulk changes"),
        nav="devices",
        crumbs=[list_crumb(visit)],
        context={"grid": bulk_views.bulk_table(page.rows, visit.tenant.customer_id, page.after)},
    )


@tenant_page(Capability.SEE_DEVICES)
def bulk(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One bulk change: how far it is, or how every device ended."""
    row = get_bulk(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    customer_id = visit.tenant.customer_id
    problem, fix = kept(row.problem)
    may_change = visit.may(row.kind.needs)
    back = OPPOSITE.get(row.kind)
    return render_page(
        visit,
        "devices/bulk.html",
        title=bulk_views.title_of(row),
        nav="devices",
        crumbs=[
            list_crumb(visit),
            Crumb(_("Bulk changes"), reverse("bulk_changes", args=[customer_id])),
        ],
        context={
            "row": row,
            "progress": bulk_views.progress(row, customer_id),
            "facts": bulk_views.facts(row, import_href=_import_href(visit, row)),
            "problem": problem,
            "problem_fix": fix,
            "may_cancel": row.state.is_open and may_change,
            "may_undo": row.has_undo and back is not None and _may_take_back(visit, row, back),
            "serials": _file_of(visit, row),
            # Devices that a deletion left alone are active still, and the other way round.
            "bar": selection_bar(visit, has_inactive=row.kind in _SWITCHES),
            **({} if row.state.is_open else _ended(visit, row)),
        },
    )


def _may_take_back(visit: Visit, row: BulkRow, back: BulkKind) -> bool:
    """Plans are also a matter of who manages licences (L3)."""
    of_plans = "plan" in row.params
    return visit.may(back.needs) and (not of_plans or visit.may(Capability.MANAGE_LICENCES))


def _file_of(visit: Visit, row: BulkRow) -> uuid.UUID | None:
    """The file by which its reader deleted the devices."""
    if row.kind is not BulkKind.DELETE or not visit.may(Capability.DELETE_DEVICES):
        return None
    return find_list_of(actor=visit.actor, tenant=visit.tenant.id, bulk=row.uid)


def _import_href(visit: Visit, row: BulkRow) -> str:
    """The import that is undone, for those who may look at it."""
    uid = row.params.get("import")
    if not uid or not visit.may(Capability.IMPORT_DEVICES):
        return ""
    return reverse("import", args=[visit.tenant.customer_id, uid])


def _ended(visit: Visit, row: BulkRow) -> dict[str, object]:
    """The devices of one outcome, or of all."""
    wanted = visit.request.GET.get("outcome", "")
    outcomes = [BulkOutcome(wanted)] if wanted in set(BulkOutcome) else []
    page = list_items(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=row.uid,
        outcomes=outcomes,
        cursor=visit.request.GET.get("after"),
    )
    query = {"outcome": str(outcomes[0])} if outcomes else {}
    next_href = f"?{urlencode(query | {'after': page.after})}" if page.after else ""
    here = bulk_views.bulk_href(row, visit.tenant.customer_id)
    return {
        "grid": bulk_views.items_table(page.rows, visit, next_href),
        "tabs": bulk_views.outcome_tabs(row, here, outcomes[0] if outcomes else None),
    }


@tenant_page(Capability.SEE_DEVICES)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_bulk(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    state = bulk_views.progress(row, visit.tenant.customer_id)
    return render_progress(
        "web/components/progress_now.html", {"state": state}, is_over=not row.state.is_open
    )


@require_POST
@tenant_page(Capability.EDIT_DEVICES)
def cancel(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Stop after the present slice."""
    cancel_bulk(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return HttpResponseRedirect(reverse("bulk", args=[visit.tenant.customer_id, uid]))


@require_POST
@tenant_page(Capability.EDIT_DEVICES)
def undo(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Take it back, except where devices have changed since."""
    row = undo_bulk(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    page = HttpResponseRedirect(bulk_views.bulk_href(row, visit.tenant.customer_id))
    if not row.is_small:
        return page
    tell(visit, finished(visit, row))
    return page if visit.request.POST.get("then") == "page" else back_to_list(visit, row.query)


@tenant_page(Capability.SEE_DEVICES)
def summary(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The outcome of every device as CSV, the same on every download."""
    get_bulk(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    rows = iterate_items(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    lines = csv_lines(bulk_views.summary_headers(), map(bulk_views.summary_line, rows))
    return download_pieces(lines, name=f"bulk-change-{uid}.csv")


urlpatterns = [
    path("devices/changes/", bulk_changes, name="bulk_changes"),
    path("devices/changes/<uuid:uid>/", bulk, name="bulk"),
    path("devices/changes/<uuid:uid>/progress/", progress, name="bulk_progress"),
    path("devices/changes/<uuid:uid>/cancel/", cancel, name="bulk_cancel"),
    path("devices/changes/<uuid:uid>/undo/", undo, name="bulk_undo"),
    path("devices/changes/<uuid:uid>/summary.csv", summary, name="bulk_summary"),
]
