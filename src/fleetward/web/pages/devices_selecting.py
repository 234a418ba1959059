"""What is done with selected devices: keep the selection, then the page of what was chosen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.devices.actions import make_group
from fleetward.devices.bulk.actions import select_picked, start_bulk, work_off
from fleetward.devices.bulk.contracts import (
    BulkKind,
    BulkRow,
    NothingSelected,
    NothingToChange,
    SelectionRow,
)
from fleetward.devices.bulk.queries import (
    changes_to_make,
    get_bulk,
    get_selection,
    list_named,
)
from fleetward.devices.contracts import (
    BadDevice,
    BadGroup,
    GroupExists,
    GroupKind,
    TooManyGroups,
)
from fleetward.devices.queries.groups import list_groups
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import NotFound
from fleetward.warranty.actions.selecting import select_matching
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Tone
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import told
from fleetward.web.pages.bulk_forms import BulkEditForm
from fleetward.web.pages.bulk_views import bulk_href, changes_told, outcome_text
from fleetward.web.pages.devices_deleting import back_to_list, list_crumb
from fleetward.web.pages.devices_filter import read_filter
from fleetward.web.pages.selection_bar import ACTIONS
from fleetward.web.render import render_page
from fleetward.web.undo import offer_undo

MOST_NAMED = 5


@require_POST
@tenant_page(Capability.SEE_DEVICES)
def create(visit: Visit) -> HttpResponseBase:
    """Keep what is selected, and go on with the action of the button."""
    post = visit.request.POST
    name = post.get("action", "")
    action = ACTIONS.get(name)
    if action is None or name not in _FIRST_STEPS:
        raise NotFound
    require(visit.actor, action.needs, tenant=visit.tenant.id)
    try:
        selection = _selected(visit)
    except NothingSelected as error:
        messages.warning(visit.request, " ".join(told(error)))
        return back_to_list(visit, post.get("query", ""))
    return _FIRST_STEPS[name](visit, selection)


def _selected(visit: Visit) -> SelectionRow:
    """Rows, or everything that a filter leaves. Raises: NothingSelected, TooManyDevices."""
    post = visit.request.POST
    query = post.get("query", "")
    given = {
        "actor": visit.actor,
        "tenant": visit.tenant.id,
        "query": query,
        "now": visit.now,
    }
    if post.get("everything") == "1":
        return select_matching(
            **given,  # type: ignore[arg-type]
            only=read_filter(QueryDict(query), visit.today),
            today=visit.today,
            expiring_days=visit.tenant.settings.expiring_days,
        )
    return select_picked(**given, uids=picked_uids(visit))  # type: ignore[arg-type]


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
    shown, query = QueryDict(selection.query), QueryDict(mutable=True)
    for name in ("sort", "dir", "columns", "state"):
        if shown.get(name):
            query[name] = shown[name]
    query["selection"] = str(selection.uid)
    home = reverse("devices_export", args=[visit.tenant.customer_id])
    return HttpResponseRedirect(f"{home}?{query.urlencode()}")


def _ungroup(visit: Visit, selection: SelectionRow) -> HttpResponseBase:
    params = {"group": visit.request.POST.get("group", "")}
    return begin(visit, selection, BulkKind.GROUP_REMOVE, params)


_FIRST_STEPS: Mapping[str, Callable[[Visit, SelectionRow], HttpResponseBase]] = {
    "edit": _to_page("selection_edit"),
    "group": _to_page("selection_group"),
    "ungroup": _ungroup,
    "export": _to_export,
}


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
    if not row.is_small:
        return HttpResponseRedirect(bulk_href(row, visit.tenant.customer_id))
    tell(visit, finished(visit, row))
    return back_to_list(visit, selection.query)


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

    def __init__(self, visit: Visit, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        groups = list_groups(actor=visit.actor, tenant=visit.tenant.id)
        choices = [(str(g.uid), g.name) for g in groups if g.kind is GroupKind.STATIC]
        self.fields["group"].choices = [("", _("Choose a group")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if bool(data.get("group")) is bool(data.get("name")) and not self.errors:
            self.add_error("group", _("Choose a group, or name a new one."))
        return data


@tenant_page(Capability.MANAGE_GROUPS)
def group(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Put the selected devices into a group."""
    selection = selection_of(visit, uid)
    form = GroupChoice(visit, visit.posted)
    if form.is_valid():
        try:
            chosen = form.cleaned_data["group"] or _made(visit, form.cleaned_data["name"])
        except (BadGroup, GroupExists, TooManyGroups) as error:
            form.add_error("name", " ".join(told(error)))
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
    form = BulkEditForm(visit.posted)
    if form.is_valid():
        try:
            changes = changes_to_make(form.changes)
            if selection.is_small or "confirmed" in visit.request.POST:
                return begin(visit, selection, BulkKind.EDIT, form.changes, key_of(visit))
        except BadDevice as error:
            form.refuse(error)
        except NothingToChange as error:
            form.add_error(None, " ".join(told(error)))
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
    path("devices/selections/", create, name="selections"),
    path("devices/selections/<uuid:uid>/edit/", edit, name="selection_edit"),
    path("devices/selections/<uuid:uid>/group/", group, name="selection_group"),
]
