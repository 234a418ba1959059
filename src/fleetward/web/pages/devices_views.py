"""Saved views of the device list: the tabs above it, and the pages that keep and change one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast
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
from fleetward.devices.actions import change_view, delete_view, save_view
from fleetward.devices.contracts import (
    VIEW_NAME_CHARACTERS,
    BadView,
    GroupKind,
    GroupRow,
    TooManyViews,
    ViewInput,
    ViewNameTaken,
    ViewRow,
)
from fleetward.devices.queries.views import find_default_view, get_view, list_views
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.tenancy.contracts import roles_in
from fleetward.warranty.queries import grid_words
from fleetward.web.components.shapes import Tab
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.layouts import COLUMNS
from fleetward.web.pages.devices_columns import chosen_layout, layout_in
from fleetward.web.pages.devices_filter import ALL, DRAWER, FOR_GROUP, VIEW, list_crumb
from fleetward.web.pages.seen import Seen, behind, seen_by, seen_in
from fleetward.web.render import render_page
from fleetward.web.role_texts import LABELS

# What an address holds beside the list itself: no part of a view.
_PASSING = (VIEW, FOR_GROUP, COLUMNS, DRAWER, "cursor", "adding", "op", "value", "days")


@dataclass(frozen=True, slots=True)
class Views:
    """The views above a list. `update_action` keeps what has changed in the one that is open.

    `group_href` makes a dynamic group of the list, `group_action` keeps its filter for `group`;
    `seen` and `group_seen` are the open view and that group as this page shows them.
    """

    tabs: tuple[Tab, ...]
    save_href: str = ""
    update_action: str = ""
    edit_href: str = ""
    query: str = ""
    seen: Seen | None = None
    group_href: str = ""
    group_action: str = ""
    group: str = ""
    group_seen: Seen | None = None
    asks_filter: bool = False


def views_above(visit: Visit, groups: Sequence[GroupRow] = ()) -> Views:
    """The views that the actor finds, the open one marked, and what may be done with it."""
    found = _views(visit)
    if not visit.may(Capability.MANAGE_GROUPS):
        return found
    return _with_group(visit, found, groups)


def _with_group(visit: Visit, found: Views, groups: Sequence[GroupRow]) -> Views:
    """And what may be done with the filter of the list as that of a dynamic group."""
    customer_id, query = visit.tenant.customer_id, visit.request.GET
    words, dynamic = dict(query.lists()), [g for g in groups if g.kind is GroupKind.DYNAMIC]
    filtered, wanted = grid_words.query_of(words), query.get(FOR_GROUP, "")
    group = next((g for g in dynamic if str(g.uid) == wanted), None)
    if not _may_be_kept(words, dynamic):
        return found
    if group:
        action = reverse("group_filter", args=[customer_id, group.uid])
        return replace(
            found,
            group=group.name,
            group_seen=Seen(group.updated_at),
            group_action=action if filtered else "",
            asks_filter=not filtered,
        )
    new = f"{reverse('group_new', args=[customer_id])}?{filtered}" if filtered else ""
    return replace(found, group_href=new, asks_filter=bool(wanted) and not filtered)


def _may_be_kept(words: grid_words.Words, dynamic: Sequence[GroupRow]) -> bool:
    """Whether a group could have the filter of the list, for which making one says why not."""
    asked = grid_words.read_uids(words.get(grid_words.GROUP, ()))
    is_active = grid_words.read_state(words) == grid_words.ACTIVE
    has_selection = any(words.get(grid_words.SELECTION, ()))
    return is_active and not has_selection and all(group.uid not in asked for group in dynamic)


def _views(visit: Visit) -> Views:
    customer_id, query = visit.tenant.customer_id, visit.request.GET
    home = reverse("devices", args=[customer_id])
    rows = list_views(actor=visit.actor, tenant=visit.tenant.id)
    chosen = query.get(VIEW, "")
    current = next((row for row in rows if row.uid == chosen), None)
    everything = Tab(_("All devices"), f"{home}?{VIEW}={ALL}", is_current=current is None)
    tabs = tuple(
        Tab(row.name, reverse("devices_view", args=[customer_id, row.uid]), row is current)
        for row in rows
    )
    here, may = _state(query), current is not None and may_change(visit, current)
    columns = chosen_layout(visit.request).word
    is_changed = current is not None and (here, columns) != (
        current.view.query,
        current.view.columns,
    )
    new = f"{reverse('devices_view_new', args=[customer_id])}?{query.urlencode()}"
    return Views(
        tabs=(everything, *tabs),
        save_href=new if is_changed or (current is None and here) else "",
        update_action=_to("devices_view_update", visit, current) if is_changed and may else "",
        edit_href=_to("devices_view_edit", visit, current) if may else "",
        query=query.urlencode(),
        seen=Seen(current.updated_at) if current else None,
    )


def may_change(visit: Visit, view: ViewRow) -> bool:
    return view.is_own or visit.may(Capability.MANAGE_SETTINGS)


def default_address(visit: Visit) -> str:
    """The list that the actor's role finds first, when the address asks for none; or ''."""
    if visit.request.GET:
        return ""
    view = find_default_view(actor=visit.actor, tenant=visit.tenant.id)
    return address_of_view(visit, view) if view else ""


def address_of_view(visit: Visit, view: ViewRow) -> str:
    query = QueryDict(view.view.query, mutable=True)
    if view.view.columns:
        query[COLUMNS] = view.view.columns
    query[VIEW] = view.uid
    return f"{reverse('devices', args=[visit.tenant.customer_id])}?{query.urlencode()}"


def _state(query: QueryDict) -> str:
    """The list of an address, without what is only passing."""
    kept = query.copy()
    for name in _PASSING:
        kept.pop(name, None)
    return kept.urlencode()


def _to(name: str, visit: Visit, view: ViewRow | None) -> str:
    return reverse(name, args=[visit.tenant.customer_id, view.uid]) if view else ""


class ViewForm(forms.Form):
    """Name and audience of a view; what a role finds first is for those who manage settings."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=VIEW_NAME_CHARACTERS)
    is_shared = forms.BooleanField(
        label=gettext_lazy("Share with all users of this tenant"),
        required=False,
        help_text=gettext_lazy(
            "Each sees the devices of their own sight. Only you and IT Admins can change it."
        ),
    )
    default_role = forms.ChoiceField(
        label=gettext_lazy("Shown first to"),
        required=False,
        help_text=gettext_lazy("Users of that role find this view when they open Devices."),
    )

    def __init__(self, visit: Visit, initial: dict[str, object] | None = None) -> None:
        super().__init__(visit.posted, initial=initial)
        if not visit.may(Capability.MANAGE_SETTINGS):
            del self.fields["default_role"]
            return
        roles = [(str(role), LABELS[role]) for role in roles_in(visit.tenant.kind)]
        field = cast(forms.ChoiceField, self.fields["default_role"])
        field.choices = [("", _("nobody")), *roles]


@tenant_page(Capability.SEE_DEVICES, spans=True)
def new(visit: Visit) -> HttpResponseBase:
    """Keep the list of the address under a name."""
    form = ViewForm(visit)
    if form.is_valid():
        shown = ViewInput(
            name="", query=_state(visit.request.GET), columns=chosen_layout(visit.request).word
        )
        try:
            uid = save_view(
                actor=visit.actor,
                tenant=visit.tenant.id,
                view=replace(shown, **form.cleaned_data),
                now=visit.now,
            )
        except (BadView, ViewNameTaken, TooManyViews) as error:
            form.add_error("name", in_a_line(error))
        else:
            return redirect("devices_view", customer_id=visit.tenant.customer_id, uid=uid)
    return _page(visit, form, _("Save view"))


@tenant_page(Capability.SEE_DEVICES, spans=True)
def show(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Open a view: a link that can be sent to anybody who may see it."""
    view = get_view(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    return redirect(address_of_view(visit, view))


@tenant_page(Capability.SEE_DEVICES, spans=True)
def edit(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Rename a view, share it, or keep it to oneself again."""
    view = get_view(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    known = {name: getattr(view.view, name) for name in ("name", "is_shared", "default_role")}
    form, seen = ViewForm(visit, initial=known), seen_by(visit, view.updated_at)
    if form.is_valid():
        try:
            _change(visit, view, replace(view.view, **form.cleaned_data))
        except (BadView, ViewNameTaken) as error:
            form.add_error("name", in_a_line(error))
        except ChangedMeanwhile as error:
            seen = behind(visit, form, error, view.updated_at)
        else:
            return redirect("devices_view", customer_id=visit.tenant.customer_id, uid=uid)
    return _page(visit, form, _("Edit view"), view, seen)


@require_POST
@tenant_page(Capability.SEE_DEVICES, spans=True)
def update(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Keep the filters and columns of the address in the view."""
    view = get_view(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    query = QueryDict(visit.request.POST.get("query", ""))
    columns = layout_in(query, visit.request.COOKIES).word
    try:
        _change(visit, view, replace(view.view, query=_state(query), columns=columns))
    except ChangedMeanwhile as error:
        messages.error(visit.request, in_a_line(error))
        home = reverse("devices", args=[visit.tenant.customer_id])
        return redirect(f"{home}?{query.urlencode()}")
    messages.success(visit.request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect("devices_view", customer_id=visit.tenant.customer_id, uid=uid)


def _change(visit: Visit, view: ViewRow, wanted: ViewInput) -> None:
    """Unless somebody else has, since the reader saw it. Raises: as `change_view`."""
    change_view(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uid=UUID(view.uid),
        view=wanted,
        now=visit.now,
        seen=seen_in(visit),
    )


@require_POST
@tenant_page(Capability.SEE_DEVICES, spans=True)
def delete(visit: Visit, uid: UUID) -> HttpResponseBase:
    """Drop a view. The devices in it stay."""
    name = delete_view(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    messages.success(visit.request, _("The view “%(name)s” is deleted.") % {"name": name})
    return redirect(f"{reverse('devices', args=[visit.tenant.customer_id])}?{VIEW}={ALL}")


def _page(
    visit: Visit,
    form: ViewForm,
    title: str,
    view: ViewRow | None = None,
    seen: Seen | None = None,
) -> HttpResponseBase:
    home = reverse("devices", args=[visit.tenant.customer_id])
    back = address_of_view(visit, view) if view else f"{home}?{visit.request.GET.urlencode()}"
    return render_page(
        visit,
        "devices/view_form.html",
        title=title,
        nav="devices",
        crumbs=[list_crumb(visit)],
        status=(seen or Seen(None)).status_of(form),
        context={
            "form": form,
            "back_href": back,
            "delete_action": _to("devices_view_delete", visit, view),
            "name": view.name if view else "",
            "seen": seen,
        },
    )


urlpatterns = [
    path("devices/views/new/", new, name="devices_view_new"),
    path("devices/views/<uuid:uid>/", show, name="devices_view"),
    path("devices/views/<uuid:uid>/edit/", edit, name="devices_view_edit"),
    path("devices/views/<uuid:uid>/update/", update, name="devices_view_update"),
    path("devices/views/<uuid:uid>/delete/", delete, name="devices_view_delete"),
]
