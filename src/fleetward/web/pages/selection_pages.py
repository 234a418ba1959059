"""The pages of a selection: put its devices into a group, or edit them after another look."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import cast

from django import forms
from django.http import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fleetward.access.contracts import Capability
from fleetward.devices.actions import make_group
from fleetward.devices.bulk.contracts import BulkKind, NothingToChange, SelectionRow
from fleetward.devices.bulk.queries import changes_to_make, get_selection, list_named
from fleetward.devices.contracts import (
    BadDevice,
    BadGroup,
    GroupExists,
    GroupKind,
    TooManyGroups,
)
from fleetward.devices.queries.groups import list_groups
from fleetward.web.components.cells import number_text
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.bulk_forms import BulkEditForm
from fleetward.web.pages.bulk_starting import begin
from fleetward.web.pages.bulk_views import changes_told
from fleetward.web.pages.devices_editing import plans_to_give
from fleetward.web.pages.devices_filter import back_to_list, list_crumb
from fleetward.web.render import render_page

MOST_NAMED = 5


def selection_page(
    visit: Visit,
    selection: SelectionRow,
    template: str,
    title: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> HttpResponseBase:
    """A page about a selection: how many devices, and what the first of them are called."""
    named = list_named(
        actor=visit.actor, tenant=visit.tenant.id, uid=selection.uid, most=MOST_NAMED
    )
    rest = selection.devices - len(named)
    return render_page(
        visit,
        template,
        title=title,
        nav="devices",
        crumbs=[list_crumb(visit)],
        status=status,
        context={
            "selection": selection,
            "devices": number_text(selection.devices),
            "named": named,
            "rest": number_text(rest) if rest else "",
            "back_href": back_to_list(visit, selection.query).url,
            # The form's own key: a second click on the button is the same bulk change.
            "request_key": uuid.uuid4().hex,
            **context,
        },
    )


def selection_of(visit: Visit, uid: uuid.UUID) -> SelectionRow:
    return get_selection(actor=visit.actor, tenant=visit.tenant.id, uid=uid)


def key_of(visit: Visit) -> str | None:
    """The key of the form that was sent."""
    return visit.request.POST.get("request_key") or None


class GroupChoice(forms.Form):
    """A group that is there, or the name of a new one."""

    group = forms.ChoiceField(label=gettext_lazy("Group"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Or a new group"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("It is made when you add the devices."),
    )

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit.posted)
        groups = list_groups(actor=visit.actor, tenant=visit.tenant.id)
        choices = [(str(g.uid), g.name) for g in groups if g.kind is GroupKind.STATIC]
        field = cast(forms.ChoiceField, self.fields["group"])
        field.choices = [("", _("Choose a group")), *choices]

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if bool(data.get("group")) is bool(data.get("name")) and not self.errors:
            self.add_error("group", _("Choose a group, or name a new one."))
        return data


@tenant_page(Capability.MANAGE_GROUPS)
def group(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Put the selected devices into a group."""
    selection = selection_of(visit, uid)
    form = GroupChoice(visit)
    if form.is_valid():
        try:
            chosen = form.cleaned_data["group"] or _made(visit, form.cleaned_data["name"])
        except (BadGroup, GroupExists, TooManyGroups) as error:
            form.add_error("name", in_a_line(error))
        else:
            params = {"group": str(chosen)}
            return begin(visit, selection, BulkKind.GROUP_ADD, params, key_of(visit))
    return selection_page(
        visit,
        selection,
        "devices/selection_group.html",
        _("Add to group"),
        {"form": form},
        status=422 if form.errors else 200,
    )


def _made(visit: Visit, name: str) -> uuid.UUID:
    return make_group(actor=visit.actor, tenant=visit.tenant.id, name=name, now=visit.now)


@tenant_page(Capability.EDIT_DEVICES)
def edit(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Change fields of the selected devices: a few at once, many after another look."""
    selection = selection_of(visit, uid)
    form = BulkEditForm(visit.posted, plans=plans_to_give(visit))
    if form.is_valid():
        try:
            changes = changes_to_make(form.changes)
            if selection.is_small or "confirmed" in visit.request.POST:
                return begin(visit, selection, BulkKind.EDIT, form.changes, key_of(visit))
        except BadDevice as error:
            form.refuse(error)
        except NothingToChange as error:
            form.add_error(None, in_a_line(error))
        else:
            return _review(visit, selection, form, changes)
    return selection_page(
        visit,
        selection,
        "devices/selection_edit.html",
        _("Edit devices"),
        {"form": form, "rows": form.rows},
        status=422 if form.errors else 200,
    )


def _review(
    visit: Visit,
    selection: SelectionRow,
    form: BulkEditForm,
    changes: Mapping[str, object],
) -> HttpResponseBase:
    """What will change, and of how many devices, before it does (design, 14)."""
    count = ngettext("Edit %(n)s device", "Edit %(n)s devices", selection.devices)
    return selection_page(
        visit,
        selection,
        "devices/selection_review.html",
        count % {"n": number_text(selection.devices)},
        {
            "changes": changes_told(changes),
            "sent": [(f.html_name, f.value()) for f in form if f.value() not in (None, "", False)],
            "asks_again": bool({"country", "is_virtual"} & changes.keys()),
        },
    )


urlpatterns = [
    path("devices/selections/<uuid:uid>/edit/", edit, name="selection_edit"),
    path("devices/selections/<uuid:uid>/group/", group, name="selection_group"),
]
