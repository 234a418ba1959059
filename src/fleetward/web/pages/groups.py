"""Groups of devices (E13): the list, a new one, changing and deleting one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
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
from fleetward.devices.queries.groups import count_members, get_group, list_groups
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.queries.grid import COUNT_CAP
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
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
        counts = count_members(
            actor=visit.actor,
            tenant=visit.tenant.id,
            uids=[row.uid for row in shown],
            most=COUNT_CAP + 1,
        )
    more = len(rows) > first + PAGE_SIZE
    next_href = f"?{urlencode({'after': str(shown[-1].uid)})}" if more else ""
    return render_page(
        visit,
        "groups/list.html",
        title=_("Groups"),
        nav="groups",
        context={
            "grid": _table(visit, shown, counts, next_href),
            "may_manage": visit.may(Capability.MANAGE_GROUPS),
        },
    )


def _first(rows: Sequence[GroupRow], after: str) -> int:
    """The place behind a group; a tenant has a thousand of them at most."""
    return next((n for n, row in enumerate(rows, start=1) if str(row.uid) == after), 0)


def _table(
    visit: Visit, rows: Sequence[GroupRow], counts: Mapping[uuid.UUID, int], next_href: str
) -> Table:
    columns = (
        Column("name", _("Name"), "main"),
        Column("devices", _("Devices"), "num"),
        Column("description", _("Description"), "wrap"),
        Column("changed", _("Changed"), "extra"),
        *([Column("edit", _("Actions"))] if visit.may(Capability.MANAGE_GROUPS) else []),
    )
    return Table(
        _("Groups"),
        columns,
        tuple(_row(visit, row, counts.get(row.uid, 0)) for row in rows),
        pager=Pager(next_href=next_href) if next_href else None,
    )


def _row(visit: Visit, row: GroupRow, devices: int) -> Row:
    href = group_href(visit, row)
    shown = _("more than %(n)s") if devices > COUNT_CAP else "%(n)s"
    edit = reverse("group_edit", args=[visit.tenant.customer_id, row.uid])
    shown_cells = (
        cells.link(row.name, href),
        cells.text(shown % {"n": number_text(min(devices, COUNT_CAP))}),
        cells.text(row.description),
        cells.moment(row.updated_at),
        *([cells.link(_("Edit"), edit)] if visit.may(Capability.MANAGE_GROUPS) else []),
    )
    return Row(str(row.uid), shown_cells, href, row.name)


def group_href(visit: Visit, row: GroupRow) -> str:
    """A group opens as the list of its devices."""
    home = reverse("devices", args=[visit.tenant.customer_id])
    return f"{home}?{urlencode({'group': str(row.uid)})}"


@tenant_page(Capability.MANAGE_GROUPS)
def new(visit: Visit) -> HttpResponseBase:
    """Make an empty group; devices are put in from any list."""
    form = GroupForm(visit.posted)
    if form.is_valid():
        try:
            make_group(
                actor=visit.actor, tenant=visit.tenant.id, now=visit.now, **form.cleaned_data
            )
        except (BadGroup, GroupExists, TooManyGroups) as error:
            _refuse(form, error)
        else:
            told_name = {"name": form.cleaned_data["name"]}
            messages.success(visit.request, _("The group “%(name)s” is created.") % told_name)
            return redirect("groups", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, _("New group"))


@tenant_page(Capability.MANAGE_GROUPS)
def edit(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Rename or describe a group, or delete it."""
    row = get_group(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    known = {"name": row.name, "description": row.description}
    form = GroupForm(visit.posted, initial=known)
    if form.is_valid():
        try:
            is_changed = change_group(
                actor=visit.actor,
                tenant=visit.tenant.id,
                uid=uid,
                now=visit.now,
                **form.cleaned_data,
            )
        except (BadGroup, GroupExists) as error:
            _refuse(form, error)
        else:
            messages.success(
                visit.request, _("Saved.") if is_changed else _("Nothing has changed.")
            )
            return redirect("groups", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, _("Edit group"), row)


def _refuse(form: GroupForm, error: BadGroup | GroupExists | TooManyGroups) -> None:
    field = error.field if isinstance(error, BadGroup) else "name"
    form.add_error(field, in_a_line(error))


def _form_page(
    visit: Visit, form: GroupForm, title: str, row: GroupRow | None = None
) -> HttpResponseBase:
    home = reverse("groups", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "groups/form.html",
        title=title,
        nav="groups",
        crumbs=[Crumb(_("Groups"), home)],
        status=422 if form.errors else 200,
        context={"form": form, "row": row, "back_href": home},
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
    path("groups/<uuid:uid>/delete/", delete, name="group_delete"),
]
