"""Operator > Resale feeds: what was sold to partners, by file, and how each row ended (T9, T14)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.feeds.actions import upload_feed
from fleetward.devices.feeds.contracts import FeedDetail, FeedOutcome, FeedUpload
from fleetward.devices.feeds.queries import (
    get_feed,
    iterate_feed_rows,
    list_feed_rows,
    list_feeds,
)
from fleetward.infra.downloads import download_pieces, download_sheet
from fleetward.infra.files.csv_writer import csv_lines
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line, kept
from fleetward.web.pages import feed_views
from fleetward.web.render import render_page, render_progress

PAGE_ROWS = 100
_NAV = "operator_feeds"


@tenant_page(Capability.OPERATE)
def feeds(visit: Visit) -> HttpResponseBase:
    """The latest feeds, and how another one is sent."""
    return _page(visit)


def _page(visit: Visit, *, error: str = "", status: int = 200) -> HttpResponseBase:
    rows = list_feeds(actor=visit.actor, vendor=visit.tenant.id).rows
    return render_page(
        visit,
        "operator/feeds.html",
        title=_("Resale feeds"),
        nav=_NAV,
        status=status,
        context={"grid": feed_views.feed_table(rows, visit.tenant.customer_id), "error": error},
    )


@require_POST
@tenant_page(Capability.OPERATE, step_up=_NAV)
def upload(visit: Visit) -> HttpResponseBase:
    """Send a feed."""
    file = visit.request.FILES.get("file")
    if file is None:
        return _page(visit, error=_("Choose a file."), status=422)
    try:
        made = upload_feed(
            actor=visit.actor,
            vendor=visit.tenant.id,
            upload=FeedUpload(file.name or ""),
            chunks=file.chunks(),
            now=visit.now,
        )
    except DomainError as error:
        return _page(visit, error=in_a_line(error), status=422)
    return redirect("operator_feed", customer_id=visit.tenant.customer_id, uid=made.uid)


@tenant_page(Capability.OPERATE)
def sample(visit: Visit) -> HttpResponseBase:
    """What a feed may look like."""
    lines = csv_lines(feed_views.sample_headers(), feed_views.SAMPLE)
    return download_pieces(lines, name=_("resale-feed") + ".csv")


@tenant_page(Capability.OPERATE)
def feed(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One feed: under way, refused, or how its rows ended."""
    row = get_feed(actor=visit.actor, vendor=visit.tenant.id, uid=uid)
    problem, fix = kept(row.problem)
    here = reverse(_NAV, args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "operator/feed.html",
        title=row.file_name,
        nav=_NAV,
        crumbs=(Crumb(_("Resale feeds"), here),),
        context={
            "row": row,
            "problem": problem,
            "problem_fix": fix,
            "progress": feed_views.progress(row, visit.tenant.customer_id),
            "facts": feed_views.facts(row),
            **_outcomes(visit, row),
        },
    )


def _outcomes(visit: Visit, row: FeedDetail) -> dict[str, object]:
    """The numbers, and the rows of the kind that was asked for."""
    if row.is_working or not row.has_rows:
        return {"figures": (), "grid": None}
    asked = visit.request.GET
    outcomes = [word for word in FeedOutcome if word in asked.getlist("outcome")]
    page = list_feed_rows(
        actor=visit.actor,
        vendor=visit.tenant.id,
        uid=row.uid,
        outcomes=outcomes,
        cursor=asked.get("after"),
        limit=PAGE_ROWS,
    )
    here = reverse("operator_feed", args=[visit.tenant.customer_id, row.uid])
    return {
        "figures": feed_views.figures(row, here),
        "is_filtered": bool(outcomes),
        "here": here,
        "grid": feed_views.rows_table(page, outcomes, here),
    }


@tenant_page(Capability.OPERATE)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_feed(actor=visit.actor, vendor=visit.tenant.id, uid=uid)
    return render_progress(
        "web/components/progress_now.html",
        {"state": feed_views.progress(row, visit.tenant.customer_id)},
        is_over=not row.is_working,
    )


@tenant_page(Capability.OPERATE)
def rows(visit: Visit, uid: uuid.UUID, kind: str) -> HttpResponseBase:
    """The summary: every row with its outcome; CSV or XLSX."""
    row = get_feed(actor=visit.actor, vendor=visit.tenant.id, uid=uid)
    name = row.file_name.rsplit(".", 1)[0] + " - " + _("outcome")
    headers, lines = feed_views.file_headers(), _told(visit, row)
    if kind == "xlsx":
        return download_sheet(headers, lines, name=name)
    if kind != "csv":
        raise NotFound
    return download_pieces(csv_lines(headers, lines), name=f"{name}.csv")


def _told(visit: Visit, row: FeedDetail) -> Iterator[Sequence[str]]:
    lines = iterate_feed_rows(actor=visit.actor, vendor=visit.tenant.id, uid=row.uid)
    return map(feed_views.file_line, lines)


_BELOW = "operator/feeds/"
urlpatterns = [
    path(_BELOW, feeds, name=_NAV),
    path(f"{_BELOW}upload/", upload, name="operator_feeds_upload"),
    path(f"{_BELOW}sample.csv", sample, name="operator_feeds_sample"),
    path(f"{_BELOW}<uuid:uid>/", feed, name="operator_feed"),
    path(f"{_BELOW}<uuid:uid>/progress/", progress, name="operator_feed_progress"),
    path(f"{_BELOW}<uuid:uid>/rows.<str:kind>", rows, name="operator_feed_rows"),
]
