"""Refreshing only what is expired or expiring, a view or a group (W7): which, and how many."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.devices.bulk.contracts import NothingSelected
from fleetward.devices.contracts import TooManyDevices
from fleetward.devices.queries.groups import list_groups
from fleetward.devices.queries.views import list_views
from fleetward.warranty.contracts import RunScope, Status, UnfitFilter
from fleetward.warranty.queries.dashboard import Dashboard
from fleetward.warranty.queries.meant import SCOPES, Meant, meant_by_group, meant_by_view
from fleetward.warranty.schedules.actions import select_to_refresh
from fleetward.warranty.texts import SCOPE_LABELS
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.render import render_page

Choices = list[tuple[str, str]]
VIEW, GROUP = "view", "group"


@dataclass(frozen=True, slots=True)
class MenuLine:
    """What a menu offers to refresh. `value` is sent, or `href` opened; `devices`: how many."""

    label: str
    value: str = ""
    href: str = ""
    devices: str = ""


@dataclass(frozen=True, slots=True)
class RefreshMenu:
    """`everything` is how many devices bulk processing visits."""

    everything: str
    scopes: tuple[MenuLine, ...]
    kinds: tuple[MenuLine, ...]


def refresh_menu(visit: Visit, figures: Dashboard) -> RefreshMenu | None:
    """What may be refreshed, by the figures of all devices; None where the reader may not."""
    if not visit.may(Capability.REFRESH_WARRANTY):
        return None
    counts = {
        RunScope.EXPIRED: figures.by_status[Status.OUT],
        RunScope.EXPIRING: figures.by_status[Status.EXPIRING],
    }
    home = reverse("run_refresh", args=[visit.tenant.customer_id])
    return RefreshMenu(
        everything=number_text(figures.devices),
        scopes=tuple(
            MenuLine(str(label), scope, devices=number_text(counts[scope]))
            for scope, label in SCOPE_LABELS.items()
        ),
        kinds=tuple(
            MenuLine(label, href=f"{home}?{urlencode({'kind': kind})}")
            for kind, label in ((VIEW, _("A view…")), (GROUP, _("A group…")))
        ),
    )


class RefreshForm(forms.Form):
    """Which devices are refreshed."""

    of = forms.ChoiceField(label=gettext_lazy("Which devices"))

    def __init__(self, kinds: list[tuple[str, Choices]], *args: Any) -> None:
        super().__init__(*args)
        field = cast(forms.ChoiceField, self.fields["of"])
        field.choices = [("", gettext_lazy("Choose one")), *kinds]


@tenant_page(Capability.REFRESH_WARRANTY)
def refresh(visit: Visit) -> HttpResponseBase:
    """Choose what is refreshed; sent, the next page says how many devices these are."""
    kind = visit.request.GET.get("kind", "")
    kinds = _kinds(visit, kind)
    form = RefreshForm(kinds, visit.posted)
    if form.is_valid():
        meant = _meant(visit, form.cleaned_data["of"])
        try:
            chosen = select_to_refresh(
                actor=visit.actor,
                tenant=visit.tenant.id,
                query=meant.query,
                name=meant.name,
                now=visit.now,
            )
        except NothingSelected:
            form.add_error("of", _("There is no such device now, so that nobody is asked."))
        except (UnfitFilter, TooManyDevices) as error:
            form.add_error("of", in_a_line(error))
        else:
            return redirect(
                "selection_refresh", customer_id=visit.tenant.customer_id, uid=chosen.uid
            )
    home = reverse("runs", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "runs/refresh.html",
        title=_("Refresh warranty"),
        nav="runs",
        crumbs=[Crumb(_("Bulk processing"), home)],
        status=422 if form.errors else 200,
        context={
            "form": form,
            "kind": kind,
            "has_choice": any(choices for _kind, choices in kinds),
            "back_href": home,
        },
    )


def _kinds(visit: Visit, kind: str) -> list[tuple[str, Choices]]:
    """What may be chosen, all of it or one kind."""
    by_coverage = [(str(scope), str(label)) for scope, label in SCOPE_LABELS.items()]
    scopes = [] if kind in (VIEW, GROUP) else by_coverage
    found = [(_("By coverage"), scopes)]
    if kind != VIEW:
        groups = list_groups(actor=visit.actor, tenant=visit.tenant.id)
        found.append((_("Groups"), [(f"{GROUP}:{row.uid}", row.name) for row in groups]))
    if kind != GROUP:
        views = list_views(actor=visit.actor, tenant=visit.tenant.id)
        found.append((_("Views"), [(f"{VIEW}:{row.uid}", row.name) for row in views]))
    return [(name, choices) for name, choices in found if choices]


def _meant(visit: Visit, chosen: str) -> Meant:
    """What was chosen. Raises: NotFound for what is gone since."""
    kind, _colon, uid = chosen.partition(":")
    if not uid:
        return Meant(SCOPES[RunScope(kind)])
    find = meant_by_view if kind == VIEW else meant_by_group
    return find(actor=visit.actor, tenant=visit.tenant.id, uid=uuid.UUID(uid))


urlpatterns = [
    path("warranty/runs/refresh/", refresh, name="run_refresh"),
]
