"""Selecting devices: keep what was selected, then go where the button leads."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.bulk.actions import select_picked
from fleetward.devices.bulk.contracts import BulkKind, NothingSelected, SelectionRow
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.selecting import select_matching
from fleetward.warranty.exports.contracts import ExportFormat
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.layouts import COLUMNS
from fleetward.web.pages import (
    selection_deleting,
    selection_labels,
    selection_pages,
    selection_refreshing,
    selection_transferring,
)
from fleetward.web.pages.bulk_starting import begin
from fleetward.web.pages.devices_filter import back_to_list, read_filter
from fleetward.web.pages.exports_starting import begin_export
from fleetward.web.pages.selection_bar import ACTIONS


@require_POST
@tenant_page(Capability.SEE_DEVICES)
def create(visit: Visit) -> HttpResponseBase:
    """Keep what is selected, and go on with the action of the button."""
    post = visit.request.POST
    name = post.get("action", "")
    action = ACTIONS.get(name)
    if action is None:
        raise NotFound
    require(visit.actor, action.needs, tenant=visit.tenant.id)
    try:
        selection = _selected(visit)
    except NothingSelected as error:
        messages.warning(visit.request, in_a_line(error))
        return back_to_list(visit, post.get("query", ""))
    return _FIRST_STEPS[name](visit, selection)


def _selected(visit: Visit) -> SelectionRow:
    """Rows, or everything that a filter leaves. Raises: NothingSelected, TooManyDevices."""
    post = visit.request.POST
    query = post.get("query", "")
    if post.get("everything") == "1":
        return select_matching(
            actor=visit.actor,
            tenant=visit.tenant.id,
            only=read_filter(QueryDict(query), visit.today),
            today=visit.today,
            expiring_days=visit.tenant.settings.expiring_days,
            query=query,
            now=visit.now,
        )
    return select_picked(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uids=picked_uids(visit),
        query=query,
        now=visit.now,
    )


def picked_uids(visit: Visit) -> list[uuid.UUID]:
    """The boxes that were ticked. Raises: NotFound for what is no device's id."""
    picked = dict.fromkeys(visit.request.POST.getlist("picked"))
    try:
        return [uuid.UUID(uid) for uid in picked if uid]
    except ValueError:
        raise NotFound from None


def _to_page(name: str) -> Callable[[Visit, SelectionRow], HttpResponseBase]:
    def step(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
        return redirect(name, customer_id=visit.tenant.customer_id, uid=selection.uid)

    return step


def _to_export(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    """The file of the list with its order and columns, of these devices alone."""
    home = reverse("devices_export", args=[visit.tenant.customer_id])
    return HttpResponseRedirect(f"{home}?{_list_of(selection).urlencode()}")


def _to_excel(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    """The same as a workbook, which a worker writes."""
    return begin_export(visit, ExportFormat.XLSX, _list_of(selection))


def _list_of(selection: SelectionRow) -> QueryDict:
    """The list that a selection was made in, narrowed to it."""
    shown, query = QueryDict(selection.query), QueryDict(mutable=True)
    for name in ("sort", "dir", COLUMNS, "state"):
        if shown.get(name):
            query[name] = shown[name]
    query["selection"] = str(selection.uid)
    return query


def _ungroup(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    params = {"group": visit.request.POST.get("group", "")}
    return begin(visit, selection, BulkKind.GROUP_REMOVE, params)


_FIRST_STEPS: Mapping[str, Callable[[Visit, SelectionRow], HttpResponseBase]] = {
    "refresh": selection_refreshing.refresh_first,
    "edit": _to_page("selection_edit"),
    "group": _to_page("selection_group"),
    "ungroup": _ungroup,
    "export": _to_export,
    "excel": _to_excel,
    "transfer": _to_page("selection_transfer"),
    "labels": _to_page("selection_labels"),
    "delete": _to_page("selection_delete"),
    "restore": selection_deleting.restore_first,
}


urlpatterns = [
    path("devices/selections/", create, name="selections"),
    *selection_pages.urlpatterns,
    *selection_refreshing.urlpatterns,
    *selection_deleting.urlpatterns,
    *selection_labels.urlpatterns,
    *selection_transferring.urlpatterns,
]
