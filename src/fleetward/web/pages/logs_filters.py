"""Saved filters of the logs: the tabs above them, and the pages that keep and change one (L4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.audit.actions import change_filter, delete_filter, save_filter
from fleetward.audit.contracts import (
    FILTER_NAME_CHARACTERS,
    BadLogFilter,
    LogFilterInput,
    LogFilterNameTaken,
    LogFilterRow,
    TooManyLogFilters,
)
from fleetward.audit.queries import get_filter, list_filters
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.web.components.shapes import Tab
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.logs_filter import NAMES, SAVED, logs_crumb
from fleetward.web.pages.seen import Seen, behind, seen_by, seen_in
from fleetward.web.render import render_page

# What of an address is kept: what narrows the list, and its order.
_KEPT = (*NAMES, "dir")


@dataclass(frozen=True, slots=True)
class Filters:
    """The saved filters above the logs. `update_action` keeps what has changed in the open one."""

    tabs: tuple[Tab, ...]
    save_href: str = ""
    update_action: str = ""
    edit_href: str = ""
    query: str = ""
    seen: Seen | None = None


def filters_above(visit: Visit) -> Filters:
    """The filters that the actor finds, the open one marked, and what may be done with it."""
    customer_id, query = visit.tenant.customer_id, visit.request.GET
    rows = list_filters(actor=visit.actor, tenant=visit.tenant.id)
    current = next((row for row in rows if row.uid == query.get(SAVED, "")), None)
    everything = Tab(_("All entries"), reverse("logs", args=[customer_id]), current is None)
    tabs = (Tab(_label(row), _to("log_filter", visit, row), row is current) for row in rows)
    here = _state(query)
    may = current is not None and _may_change(visit, current)
    is_changed = current is not None and here != current.kept.query
    new = f"{reverse('log_filter_new', args=[customer_id])}?{here}"
    return Filters(
        tabs=(everything, *tabs),
        save_href=new if is_changed or (current is None and here) else "",
        update_action=_to("log_filter_update", visit, current) if is_changed and may else "",
        edit_href=_to("log_filter_edit", visit, current) if may else "",
        query=here,
        seen=Seen(current.updated_at) if current else None,
    )


def _label(row: LogFilterRow) -> str:
    """Two of one name are told apart by whom they are for."""
    if row.is_own:
        return row.kept.name
    return _("%(name)s (public)") % {"name": row.kept.name}


def _may_change(visit: Visit, row: LogFilterRow) -> bool:
    return row.is_own or visit.may(Capability.MANAGE_SETTINGS)


def _state(query: QueryDict) -> str:
    """The filter and the order of an address, and nothing else of it."""
    kept = QueryDict(mutable=True)
    for name in _KEPT:
        values = [value for value in query.getlist(name) if value]
        if values:
            kept.setlist(name, values)
    return kept.urlencode()


def _address(visit: Visit, row: LogFilterRow) -> str:
    query = QueryDict(row.kept.query, mutable=True)
    query[SAVED] = row.uid
    return f"{reverse('logs', args=[visit.tenant.customer_id])}?{query.urlencode()}"


def _to(name: str, visit: Visit, row: LogFilterRow | None) -> str:
    return reverse(name, args=[visit.tenant.customer_id, row.uid]) if row else ""


class FilterForm(forms.Form):
    """Name and audience of a saved filter."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=FILTER_NAME_CHARACTERS)
    is_public = forms.BooleanField(
        label=gettext_lazy("Public: for all who see the logs of this tenant"),
        required=False,
        help_text=gettext_lazy(
            "Otherwise it is yours alone. Only you and IT Admins can change a public one."
        ),
    )


@tenant_page(Capability.SEE_AUDIT)
def new(visit: Visit) -> HttpResponseBase:
    """Keep the filter of the address under a name."""
    form = FilterForm(visit.posted)
    if form.is_valid():
        kept = LogFilterInput(query=_state(visit.request.GET), **form.cleaned_data)
        try:
            uid = save_filter(actor=visit.actor, tenant=visit.tenant.id, kept=kept, now=visit.now)
        except (BadLogFilter, LogFilterNameTaken, TooManyLogFilters) as error:
            form.add_error("name", in_a_line(error))
        else:
            return redirect("log_filter", customer_id=visit.tenant.customer_id, uid=uid)
    return _page(visit, form, _("Save filter"))


@tenant_page(Capability.SEE_AUDIT)
def show(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Open a filter: a link that can be sent to anybody who may see it."""
    return redirect(_address(visit, get_filter(actor=visit.actor, tenant=visit.tenant.id, uid=uid)))


@tenant_page(Capability.SEE_AUDIT)
def edit(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Rename a filter, make it public, or keep it to oneself again."""
    row = get_filter(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    known = {"name": row.kept.name, "is_public": row.kept.is_public}
    form, seen = FilterForm(visit.posted, initial=known), seen_by(visit, row.updated_at)
    if form.is_valid():
        try:
            _change(visit, row, replace(row.kept, **form.cleaned_data))
        except (BadLogFilter, LogFilterNameTaken) as error:
            form.add_error("name", in_a_line(error))
        except ChangedMeanwhile as error:
            seen = behind(visit, form, error, row.updated_at)
        else:
            return redirect("log_filter", customer_id=visit.tenant.customer_id, uid=uid)
    return _page(visit, form, _("Edit filter"), row, seen)


@require_POST
@tenant_page(Capability.SEE_AUDIT)
def update(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Keep what is filtered now in the saved filter."""
    row = get_filter(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    query = _state(QueryDict(visit.request.POST.get("query", "")))
    try:
        _change(visit, row, replace(row.kept, query=query))
    except ChangedMeanwhile as error:
        messages.error(visit.request, in_a_line(error))
        home = reverse("logs", args=[visit.tenant.customer_id])
        return redirect(f"{home}?{query}&{SAVED}={uid}")
    messages.success(visit.request, _("The filter “%(name)s” is saved.") % {"name": row.kept.name})
    return redirect("log_filter", customer_id=visit.tenant.customer_id, uid=uid)


def _change(visit: Visit, row: LogFilterRow, wanted: LogFilterInput) -> None:
    """Unless somebody else has, since the reader saw it. Raises: as `change_filter`."""
    change_filter(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=UUID(row.uid),
        kept=wanted,
        now=visit.now,
        seen=seen_in(visit),
    )


@require_POST
@tenant_page(Capability.SEE_AUDIT)
def delete(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Drop a saved filter. The entries stay."""
    name = delete_filter(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    messages.success(visit.request, _("The filter “%(name)s” is deleted.") % {"name": name})
    return redirect("logs", customer_id=visit.tenant.customer_id)


def _page(
    visit: Visit,
    form: FilterForm,
    title: str,
    row: LogFilterRow | None = None,
    seen: Seen | None = None,
) -> HttpResponseBase:
    home = reverse("logs", args=[visit.tenant.customer_id])
    may = row is not None and _may_change(visit, row)
    return render_page(
        visit,
        "logs/filter_form.html",
        title=title,
        nav="logs",
        crumbs=[logs_crumb(visit)],
        status=(seen or Seen(None)).status_of(form),
        context={
            "form": form,
            "back_href": _address(visit, row) if row else f"{home}?{visit.request.GET.urlencode()}",
            "delete_action": _to("log_filter_delete", visit, row) if may else "",
            "name": row.kept.name if row else "",
            "seen": seen,
        },
    )


urlpatterns = [
    path("logs/filters/new/", new, name="log_filter_new"),
    path("logs/filters/<uuid:uid>/", show, name="log_filter"),
    path("logs/filters/<uuid:uid>/edit/", edit, name="log_filter_edit"),
    path("logs/filters/<uuid:uid>/update/", update, name="log_filter_update"),
    path("logs/filters/<uuid:uid>/delete/", delete, name="log_filter_delete"),
]
