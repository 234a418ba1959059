"""Bulk processing (W6, W7): start, watch live, cancel, and the summary to download."""

from __future__ import annotations

import uuid

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.infra.downloads import download_pieces
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.warranty.actions.runs import cancel_run, start_run
from fleetward.warranty.queries.dashboard import dashboard
from fleetward.warranty.queries.runs import (
    get_progress,
    get_run,
    iterate_outcomes,
    list_runs,
)
from fleetward.warranty.queries.schedule import get_schedule
from fleetward.web.actor_texts import actor_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.pages import run_views
from fleetward.web.pages.devices_filter import back_to_list
from fleetward.web.pages.refreshing import RefreshMenu, refresh_menu
from fleetward.web.pages.schedules import tabs_of
from fleetward.web.render import render_page, render_progress


@tenant_page(Capability.SEE_WARRANTY)
def runs(visit: Visit) -> HttpResponseBase:
    """Bulk processings and refreshes of selections, latest first."""
    page = list_runs(
        actor=visit.actor, tenant=visit.tenant.id, cursor=visit.request.GET.get("after")
    )
    is_first = "after" not in visit.request.GET
    return render_page(
        visit,
        "runs/list.html",
        title=_("Bulk processing"),
        nav="runs",
        context={
            "grid": run_views.runs_table(page.rows, visit.tenant.customer_id),
            "after": page.after,
            "tabs": tabs_of(visit, "runs"),
            "refresh": _menu(visit),
            "schedule": _schedule(visit) if is_first else "",
            "may_set": visit.may(Capability.MANAGE_SETTINGS),
        },
    )


def _menu(visit: Visit) -> RefreshMenu | None:
    figures = dashboard(
        actor=visit.actor,
        tenant=visit.tenant.id,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
    )
    return refresh_menu(visit, figures)


def _schedule(visit: Visit) -> str:
    found = get_schedule(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    return run_views.schedule_text(found)


@require_POST
@tenant_page(Capability.REFRESH_WARRANTY)
def start(visit: Visit) -> HttpResponseBase:
    """Start bulk processing, or go to the one that is open (W7)."""
    row = start_run(actor=visit.actor, tenant=visit.tenant.id, now=visit.now)
    return redirect("run", customer_id=visit.tenant.customer_id, uid=row.uid)


@tenant_page(Capability.SEE_WARRANTY)
def run(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One bulk processing: how far it is, or how it ended."""
    row = get_run(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid))
    parts = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid))
    return render_page(
        visit,
        "runs/detail.html",
        title=run_views.name_of(row),
        nav="runs",
        crumbs=(Crumb(_("Bulk processing"), reverse("runs", args=[visit.tenant.customer_id])),),
        context={
            **run_views.block(row, parts, visit),
            "may_cancel": row.state.is_open and visit.may(Capability.REFRESH_WARRANTY),
            "row": row,
            "who": actor_text(row.started_by),
            "scope": run_views.scope_text(row),
            "problem": run_views.problem_of(row),
            "list_href": back_to_list(visit, row.query).url if row.query else "",
        },
        has_simulated=run_views.has_simulated(parts),
    )


@tenant_page(Capability.SEE_WARRANTY)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_run(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid))
    parts = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid))
    block = run_views.block(row, parts, visit)
    return render_progress("runs/progress.html", block, is_over=not row.state.is_open)


@require_POST
@tenant_page(Capability.REFRESH_WARRANTY)
def cancel(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """End a run; what was answered stays."""
    cancel_run(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid), now=visit.now)
    return redirect("run", customer_id=visit.tenant.customer_id, uid=uid)


@tenant_page(Capability.SEE_WARRANTY)
def summary(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The outcome of each device as CSV."""
    get_run(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid))
    rows = iterate_outcomes(actor=visit.actor, tenant=visit.tenant.id, uid=str(uid))
    lines = csv_lines(run_views.summary_headers(), map(run_views.summary_line, rows))
    return download_pieces(lines, name=f"bulk-processing-{uid}.csv")


urlpatterns = [
    path("warranty/runs/", runs, name="runs"),
    path("warranty/runs/start/", start, name="run_start"),
    path("warranty/runs/<uuid:uid>/", run, name="run"),
    path("warranty/runs/<uuid:uid>/progress/", progress, name="run_progress"),
    path("warranty/runs/<uuid:uid>/cancel/", cancel, name="run_cancel"),
    path("warranty/runs/<uuid:uid>/summary.csv", summary, name="run_summary"),
]
