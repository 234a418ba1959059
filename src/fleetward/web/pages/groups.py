"""Groups of devices (E13): the list, a new one, changing and deleting one.

The filter of a dynamic one is made and changed in the device list, and kept here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.actions import change_group, delete_group, make_group
from fleetward.devices.contracts import (
    GROUP_DESCRIPTION_CHARACTERS,
    GROUP_NAME_CHARACTERS,
    BadGroup,
    GroupExists,
    GroupRow,
    TooManyGroups,
)
from fleetward.devices.queries.groups import get_group, list_groups
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.warranty.actions.grouping import change_dynamic_group, make_dynamic_group
from fleetward.warranty.queries.grid_filter import Count
from fleetward.warranty.queries.grid_words import query_of
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.devices_filter import FOR_GROUP
from fleetward.web.pages.group_views import (
    GroupView,
    counts_of,
    filter_href,
    kind_html,
    list_href,
    view_of,
    view_to_be,
    words_html,
)
from fleetward.web.pages.seen import Seen, behind, seen_by, seen_in
from fleetward.web.render import render_page

PAGE_SIZE = 50


class GroupForm(forms.Form):
    """Name and description of a group."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=GROUP_NAME_CHARACTERS)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=GROUP_DESCRIPTION_CHARACTERS,
        help_text=gettext_lazy("What the group is for, so that colleagues can tell."),
    )


@tenant_page(Capability.SEE_DEVICES)
def groups(visit: Visit) -> HttpResponseBase:
    """The groups of the tenant by name, each with how many devices it has."""
    with tenant_scope(visit.actor.tenants):
        rows = list_groups(actor=visit.actor, tenant=visit.tenant.id)
        first = _first(rows, visit.request.GET.get("after", ""))
        shown = rows[first : first + PAGE_SIZE]
        counts = counts_of(visit, [row.uid for row in shown])
    more = len(rows) > first + PAGE_SIZE
    next_href = f"?{urlencode({'after': str(shown[-1].uid)})}" if more else ""
    return render_page(
        visit,
        "groups/list.html",
        title=_("Groups"),
        nav="groups",
        context={
            "grid": _table(visit, shown, rows, counts, next_href),
            "may_manage": visit.may(Capability.MANAGE_GROUPS),
            "dynamic_href": list_href(visit, **{FOR_GROUP: "new"}),
        },
    )


def _first(rows: Sequence[GroupRow], after: str) -> int:
    """The place behind a group; a tenant has a thousand of them at most."""
    return next((n for n, row in enumerate(rows, start=1) if str(row.uid) == after), 0)


def _table(
    visit: Visit,
    shown: Sequence[GroupRow],
    rows: Sequence[GroupRow],
    counts: Mapping[uuid.UUID, Count],
    next_href: str,
) -> Table:
    """`rows` are all groups, whose names filters may need."""
    columns = (
        Column("name", _("Name"), "main"),
        Column("kind", _("Kind")),
        Column("devices", _("Devices"), "num"),
        Column("filter", _("Filter"), "wrap"),
        Column("description", _("Description"), "wrap"),
        Column("changed", _("Changed"), "extra"),
        *([Column("edit", _("Actions"))] if visit.may(Capability.MANAGE_GROUPS) else []),
    )
    return Table(
        _("Groups"),
        columns,
        tuple(_row(visit, row, rows, counts.get(row.uid, Count(0))) for row in shown),
        pager=Pager(next_href=next_href) if next_href else None,
    )


def _row(visit: Visit, row: GroupRow, rows: Sequence[GroupRow], count: Count) -> Row:
    href = group_href(visit, row)
    shown = _("more than %(n)s") if count.is_capped else "%(n)s"
    edit = reverse("group_edit", args=[visit.tenant.customer_id, row.uid])
    shown_cells = (
        cells.link(row.name, href),
        cells.Cell(kind_html(row.kind)),
        cells.text(shown % {"n": number_text(count.number)}),
        cells.Cell(words_html(visit, row.query, rows)),
        cells.text(row.description),
        cells.moment(row.updated_at),
        *([cells.link(_("Edit"), edit)] if visit.may(Capability.MANAGE_GROUPS) else []),
    )
    return Row(str(row.uid), shown_cells, href, row.name)


def group_href(visit: Visit, row: GroupRow) -> str:
    """A group opens as the list of its devices."""
    return list_href(visit, group=str(row.uid))


@tenant_page(Capability.MANAGE_GROUPS)
def new(visit: Visit) -> HttpResponseBase:
    """Make an empty group, to put devices in from any list; or a dynamic one of a filter."""
    form, query = GroupForm(visit.posted), query_of(dict(visit.request.GET.lists()))
    if form.is_valid():
        try:
            uid = _make(visit, form, query)
        except (BadGroup, GroupExists, TooManyGroups) as error:
            _refuse(form, error)
        else:
            told_name = {"name": form.cleaned_data["name"]}
            messages.success(visit.request, _("The group “%(name)s” is created.") % told_name)
            if query:
                return redirect(list_href(visit, group=str(uid)))
            return redirect("groups", customer_id=visit.tenant.customer_id)
    if not query:
        return _form_page(visit, form, _("New group"))
    return _form_page(visit, form, _("New dynamic group"), view=view_to_be(visit, query))


def _make(visit: Visit, form: GroupForm, query: str) -> uuid.UUID:
    actor, tenant, now, given = visit.actor, visit.tenant.id, visit.now, form.cleaned_data
    if query:
        return make_dynamic_group(actor=actor, tenant=tenant, query=query, now=now, **given)
    return make_group(actor=actor, tenant=tenant, now=now, **given)


@tenant_page(Capability.MANAGE_GROUPS)
def edit(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """What a group is; rename or describe it, lead to its filter, or delete it."""
    row = get_group(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    known = {"name": row.name, "description": row.description}
    form, seen = GroupForm(visit.posted, initial=known), seen_by(visit, row.updated_at)
    if form.is_valid():
        try:
            is_changed = change_group(
                actor=visit.actor,
                tenant=visit.tenant.id,
                uid=uid,
                now=visit.now,
                seen=seen.moment,
                **form.cleaned_data,
            )
        except (BadGroup, GroupExists) as error:
            _refuse(form, error)
        except ChangedMeanwhile as error:
            seen = behind(visit, form, error, row.updated_at)
        else:
            messages.success(
                visit.request, _("Saved.") if is_changed else _("Nothing has changed.")
            )
            return redirect("groups", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, _("Edit group"), view_of(visit, row), row, seen)


@require_POST
@tenant_page(Capability.MANAGE_GROUPS)
def keep_filter(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Keep the filter of the list as that of a dynamic group."""
    row = get_group(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    query = query_of(dict(QueryDict(visit.request.POST.get("query", "")).lists()))
    try:
        is_changed = change_dynamic_group(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uid=uid,
            query=query,
            now=visit.now,
            seen=seen_in(visit),
        )
    except (BadGroup, ChangedMeanwhile) as error:
        messages.error(visit.request, in_a_line(error))
        return redirect(filter_href(visit, uid, query))
    told_name = {"name": row.name}
    if is_changed:
        messages.success(visit.request, _("The filter of “%(name)s” is saved.") % told_name)
    else:
        messages.success(visit.request, _("Nothing has changed."))
    return redirect(group_href(visit, row))


def _refuse(form: GroupForm, error: BadGroup | GroupExists | TooManyGroups) -> None:
    """What is wrong with the filter stands above the form, which has no field for it."""
    field = error.field if isinstance(error, BadGroup) else "name"
    form.add_error(field if field in form.fields else None, in_a_line(error))


def _form_page(
    visit: Visit,
    form: GroupForm,
    title: str,
    view: GroupView | None = None,
    row: GroupRow | None = None,
    seen: Seen | None = None,
) -> HttpResponseBase:
    home = reverse("groups", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "groups/form.html",
        title=title,
        nav="groups",
        crumbs=[Crumb(_("Groups"), home)],
        status=(seen or Seen(None)).status_of(form),
        context={"form": form, "row": row, "view": view, "seen": seen, "back_href": home},
    )


@require_POST
@tenant_page(Capability.MANAGE_GROUPS)
def delete(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Delete a group; its devices stay."""
    name = delete_group(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    messages.success(visit.request, _("The group “%(name)s” is deleted.") % {"name": name})
    return redirect("groups", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("groups/", groups, name="groups"),
    path("groups/new/", new, name="group_new"),
    path("groups/<uuid:uid>/edit/", edit, name="group_edit"),
    path("groups/<uuid:uid>/filter/", keep_filter, name="group_filter"),
    path("groups/<uuid:uid>/delete/", delete, name="group_delete"),
]
