"""Transfers (X1-X13): list, a new one from where one stands, preview, progress, summary."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.config.env import env
from fleetward.kernel.errors import DomainError, NotFound
from fleetward.tenancy.contracts import TenantKind
from fleetward.transfers.actions import (
    cancel_transfer,
    split_transfer,
    start_transfer,
    undo_transfer,
    upload_transfer,
)
from fleetward.transfers.contracts import (
    ENDED,
    FAILURES,
    WORKING,
    TooManyToSplit,
    TransferDetail,
    TransferKind,
    TransferState,
    Upload,
)
from fleetward.transfers.queries import (
    get_progress,
    get_transfer,
    iterate_rows,
    list_rows,
    list_targets,
    list_transfers,
)
from fleetward.web import tenants
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line, kept
from fleetward.web.pages import transfer_arrivals, transfer_files, transfer_views
from fleetward.web.pages.support_summaries import support_href
from fleetward.web.render import render_page, render_progress
from fleetward.web.step_up import ask_again, is_old

MOST_SHOWN = 20


@tenant_page(Capability.SEE_TRANSFERS)
def transfers(visit: Visit) -> HttpResponseBase:
    """Transfers out of this tenant or, of a partner, out of all its customers; or what arrived."""
    if visit.request.GET.get("show") == "arrivals":
        return transfer_arrivals.arrivals(visit)
    shown = visit.request.GET.get("show", "")
    cursor = visit.request.GET.get("after")
    page = list_transfers(
        actor=visit.actor,
        tenant=visit.tenant.id,
        is_open={"open": True, "over": False}.get(shown),
        cursor=cursor,
    )
    query = {"show": shown} if shown else {}
    next_href = f"?{urlencode(query | {'after': page.after})}" if page.after else ""
    is_partner = visit.tenant.kind is TenantKind.PARTNER
    is_full = is_partner or visit.may(Capability.TRANSFER_DEVICES)
    return render_page(
        visit,
        "transfers/list.html",
        title=_("Transfers"),
        nav="transfers",
        context={
            "grid": transfer_views.transfer_table(page.rows, next_href, is_full=is_full),
            "tabs": transfer_arrivals.tabs_of(visit, shown),
            "is_partner": is_partner,
            "may_transfer": visit.may(Capability.TRANSFER_DEVICES),
        },
    )


@tenant_page(Capability.TRANSFER_DEVICES)
def new(visit: Visit) -> HttpResponseBase:
    """Send a file of devices to move out of this tenant, and of no other (X2)."""
    if visit.request.method != "POST":
        return _upload_page(visit)
    file, key = visit.request.FILES.get("file"), visit.request.POST.get("request_key", "")
    if file is None:
        return _upload_page(visit, _("Choose a file."))
    # The form's own key: a second click on the button is the same upload.
    upload = Upload(file.name or "", f"page:{key}"[:80] if key else None)
    try:
        uid = upload_transfer(
            actor=visit.actor,
            source=visit.tenant.id,
            upload=upload,
            chunks=file.chunks(),
            now=visit.now,
        ).uid
    except NotFound:
        raise
    except DomainError as error:
        return _upload_page(visit, in_a_line(error))
    return _to(visit, uid)


def _upload_page(visit: Visit, error: str = "") -> HttpResponseBase:
    targets = list_targets(actor=visit.actor, source=visit.tenant.id)
    source = tenants.choice(visit.tenant).name
    return render_page(
        visit,
        "transfers/new.html",
        title=_("Transfer devices from %(name)s") % {"name": source},
        nav="transfers",
        crumbs=_crumbs(visit),
        status=422 if error else 200,
        context={
            "steps": transfer_views.steps(),
            "source": source,
            "targets": [tenants.choice(target) for target in targets],
            "error": error,
            "request_key": uuid.uuid4().hex,
        },
    )


@tenant_page(Capability.TRANSFER_DEVICES)
def sample(visit: Visit, kind: str) -> HttpResponseBase:
    """What a file may look like, with the Customer ID of a customer that it can go to."""
    targets = list_targets(actor=visit.actor, source=visit.tenant.id)
    return transfer_files.sample(kind, targets[0].customer_id if targets else "0123456789")


@tenant_page(Capability.SEE_TRANSFERS)
def detail(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """One transfer, whatever state it is in."""
    return _detail_page(visit, _get(visit, uid))


def _detail_page(visit: Visit, found: TransferDetail, error: str = "") -> HttpResponseBase:
    row = found.row
    problem, fix = kept(found.problem)
    is_ready, is_working = row.state is TransferState.READY, row.state in WORKING
    context: dict[str, object] = {
        "found": found,
        "row": row,
        "error": error,
        "steps": transfer_views.steps(),
        "step": transfer_views.step_of(row.state),
        "is_ready": is_ready,
        "is_working": is_working,
        "is_over": row.state in ENDED,
        "is_undo": row.kind is TransferKind.UNDO,
        "may_transfer": visit.may(Capability.TRANSFER_DEVICES),
        "problem": problem,
        "problem_fix": fix,
        "facts": transfer_views.facts(found),
    }
    if is_working:
        context["progress"] = transfer_views.progress(row, is_over=False)
    elif is_ready or row.state in ENDED:
        context |= _rows(visit, found, is_ready)
    elif found.groups:
        context["groups"] = transfer_views.group_table(found)
    return render_page(
        visit,
        "transfers/detail.html",
        title=transfer_views.title_of(row),
        nav="transfers",
        crumbs=_crumbs(visit),
        status=422 if error else 200,
        context=context,
    )


def _rows(visit: Visit, found: TransferDetail, is_ready: bool) -> dict[str, object]:
    """Numbers, what to correct, and the first rows of what goes wrong."""
    row = found.row
    bad = sum(row.counts.get(outcome, 0) for outcome in FAILURES)
    context: dict[str, object] = {
        "figures": transfer_views.figures(row, is_preview=is_ready),
        "reasons": transfer_views.reasons(found, row.counts),
        "searched": transfer_views.searched(row),
        "has_xlsx": row.rows <= transfer_files.MOST_XLSX_ROWS,
    }
    if bad:
        page = list_rows(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uid=row.uid,
            outcomes=FAILURES,
            limit=MOST_SHOWN,
        )
        caption = _("Rows that move no device")
        context["grid"] = transfer_views.rows_table(page.rows, bad, caption)
    if bad and not is_ready and visit.may(Capability.TRANSFER_DEVICES):
        context["support_href"] = support_href(visit, "transfer", row.uid)
    if is_ready:
        context |= {
            "way": transfer_views.way(row),
            "sight": transfer_views.sight(row),
            "consequences": transfer_views.consequences(found),
            "start_text": transfer_views.start_text(row),
        }
    return context


@tenant_page(Capability.SEE_TRANSFERS)
def progress(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """The live part alone, for the page that asks again and again."""
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    is_over = row.state not in WORKING
    state = transfer_views.progress(row, is_over)
    return render_progress("web/components/progress_now.html", {"state": state}, is_over=is_over)


@require_POST
@tenant_page(Capability.TRANSFER_DEVICES)
def start(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Move what the preview shows; many devices ask for the password first."""
    found = _get(visit, uid)
    if found.row.found > env().transfers.step_up_above and is_old(visit.request):
        return ask_again(visit.request, reverse("transfer", args=[visit.tenant.customer_id, uid]))
    try:
        start_transfer(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    except NotFound:
        raise
    except DomainError as error:
        return _detail_page(visit, _get(visit, uid), in_a_line(error))
    return _to(visit, uid)


@require_POST
@tenant_page(Capability.TRANSFER_DEVICES)
def cancel(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Discard before the start, stop after it."""
    cancel_transfer(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    return _to(visit, uid)


@require_POST
@tenant_page(Capability.TRANSFER_DEVICES)
def split(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Make one transfer of each customer's rows of a mixed file."""
    try:
        made = split_transfer(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    except TooManyToSplit as error:
        return _detail_page(visit, _get(visit, uid), in_a_line(error))
    if len(made) == 1:
        return _to(visit, made[0])
    return redirect("transfers", customer_id=visit.tenant.customer_id)


@require_POST
@tenant_page(Capability.TRANSFER_DEVICES)
def undo(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Prepare to take a transfer back; its own preview comes first."""
    try:
        made = undo_transfer(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    except NotFound:
        raise
    except DomainError as error:
        return _detail_page(visit, _get(visit, uid), in_a_line(error))
    return _to(visit, made)


@tenant_page(Capability.SEE_TRANSFERS)
def summary(visit: Visit, uid: uuid.UUID, kind: str) -> HttpResponseBase:
    """Every row with its outcome; CSV or XLSX."""
    row = get_progress(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    lines = iterate_rows(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    stem = transfer_views.title_of(row).rsplit(".", 1)[0]
    return transfer_files.summary(kind, lines, f"{stem} - " + _("summary"), row.rows)


def _get(visit: Visit, uid: uuid.UUID) -> TransferDetail:
    return get_transfer(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)


def _to(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    return redirect("transfer", customer_id=visit.tenant.customer_id, uid=uid)


def _crumbs(visit: Visit) -> tuple[Crumb, ...]:
    return (Crumb(_("Transfers"), reverse("transfers", args=[visit.tenant.customer_id])),)


urlpatterns = [
    path("transfers/", transfers, name="transfers"),
    path("transfers/new/", new, name="transfer_new"),
    path("transfers/sample.<str:kind>", sample, name="transfer_sample"),
    path("transfers/<uuid:uid>/", detail, name="transfer"),
    path("transfers/<uuid:uid>/progress/", progress, name="transfer_progress"),
    path("transfers/<uuid:uid>/start/", start, name="transfer_start"),
    path("transfers/<uuid:uid>/cancel/", cancel, name="transfer_cancel"),
    path("transfers/<uuid:uid>/split/", split, name="transfer_split"),
    path("transfers/<uuid:uid>/undo/", undo, name="transfer_undo"),
    path("transfers/<uuid:uid>/summary.<str:kind>", summary, name="transfer_summary"),
    *transfer_arrivals.urlpatterns,
]
