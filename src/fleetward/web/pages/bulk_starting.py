"""Starting a bulk change: a few devices within the request, many on a page of their own."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from fleetward.devices.bulk.actions import start_bulk, work_off
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, SelectionRow
from fleetward.devices.bulk.queries import get_bulk
from fleetward.kernel.clock import utc_now
from fleetward.web.components.shapes import Tone
from fleetward.web.door import Visit
from fleetward.web.pages.bulk_views import bulk_href, outcome_text
from fleetward.web.pages.devices_filter import back_to_list
from fleetward.web.undo import offer_undo


def begin(
    visit: Visit,
    selection: SelectionRow,
    kind: BulkKind,
    params: Mapping[str, object],
    request_key: str | None = None,
) -> HttpResponseBase:
    """Start a bulk change: a few devices at once, with the way back; more on their own page."""
    row = start_bulk(
        actor=visit.actor,
        tenant=visit.tenant.id,
        kind=kind,
        selection=selection.uid,
        params=params,
        now=visit.now,
        request_key=request_key,
    )
    return go_on(visit, row)


def go_on(visit: Visit, row: BulkRow) -> HttpResponseBase:
    """Where a bulk change that has begun leads."""
    if not row.is_small:
        return HttpResponseRedirect(bulk_href(row, visit.tenant.customer_id))
    tell(visit, finished(visit, row))
    return back_to_list(visit, row.query)


def finished(visit: Visit, row: BulkRow) -> BulkRow:
    """Work off a small bulk change within the request; one that is over stays as it is."""
    work_off(tenant=visit.tenant.id, run=row.id, clock=utc_now)
    return get_bulk(actor=visit.actor, tenant=visit.tenant.id, uid=row.uid)


def tell(visit: Visit, row: BulkRow) -> None:
    """Say on the next page how it ended, and offer to take it back."""
    customer_id = visit.tenant.customer_id
    is_clean = row.counts.done and not row.counts.left_alone
    offer_undo(
        visit,
        outcome_text(row),
        href=reverse("bulk_undo", args=[customer_id, row.uid]) if row.has_undo else "",
        details="" if is_clean else bulk_href(row, customer_id),
        tone=Tone.WARN if row.counts.left_alone else Tone.GOOD,
    )
