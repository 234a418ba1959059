"""Schedules: what a shared view or a group has is refreshed at night, again and again (W7)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.contracts import TooManyDevices
from fleetward.devices.queries.groups import list_groups
from fleetward.devices.queries.views import list_views
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.schedules.actions import add_schedule, delete_schedule
from fleetward.warranty.schedules.contracts import (
    NO_DEVICE,
    BadSchedule,
    ScheduleInput,
    ScheduleRow,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
    TooManySchedules,
)
from fleetward.warranty.schedules.queries import list_schedules
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell
from fleetward.web.components.shapes import Crumb, Tab, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line, told
from fleetward.web.render import render_page

PAUSES = {
    "1": gettext_lazy("Every night"),
    "7": gettext_lazy("Every week"),
    "14": gettext_lazy("Every two weeks"),
    "30": gettext_lazy("Every 30 days"),
    "90": gettext_lazy("Every 90 days"),
}
PROBLEMS = {
    error.code: error for error in (ScheduleTargetGone(), ScheduleTargetUnfit(), TooManyDevices(0))
}


class ScheduleForm(forms.Form):
    """What is refreshed, how often, and from when on."""

    target = forms.ChoiceField(
        label=gettext_lazy("View or group"),
        help_text=gettext_lazy("Its devices are worked out each time, when the refresh starts."),
    )
    every_days = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=tuple(PAUSES.items()), initial="7"
    )
    begins_on = forms.DateField(
        label=gettext_lazy("First night"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Left empty, the next night."),
    )


@tenant_page(Capability.SEE_WARRANTY)
def schedules(visit: Visit) -> HttpResponseBase:
    """The schedules of the tenant, with what is wrong with them."""
    rows = list_schedules(actor=visit.actor, tenant=visit.tenant.id)
    return render_page(
        visit,
        "runs/schedules.html",
        title=_("Schedules"),
        nav="runs",
        context={
            "tabs": tabs_of(visit, "schedules"),
            "grid": _table(visit, rows),
            "is_on": visit.tenant.settings.has_scheduled_runs,
            "may_start": visit.may(Capability.REFRESH_WARRANTY),
            "may_set": visit.may(Capability.MANAGE_SETTINGS),
        },
    )


def tabs_of(visit: Visit, current: str) -> list[Tab]:
    """Runs, and what starts some of them."""
    places = {"runs": _("Runs"), "schedules": _("Schedules")}
    return [
        Tab(label, reverse(name, args=[visit.tenant.customer_id]), name == current)
        for name, label in places.items()
    ]


def _table(visit: Visit, rows: Sequence[ScheduleRow]) -> Table:
    columns = (
        Column("name", _("View or group"), css="main"),
        Column("pause", _("How often")),
        Column("next", _("Next night")),
        Column("latest", _("Latest run")),
        Column("state", _("State"), css="wrap"),
        Column("by", _("By"), css="extra"),
        *([Column("actions", _("Actions"))] if visit.may(Capability.REFRESH_WARRANTY) else []),
    )
    return Table(_("Schedules"), columns, tuple(_line(visit, row) for row in rows))


def _line(visit: Visit, row: ScheduleRow) -> Row:
    customer_id = visit.tenant.customer_id
    kind = _("Group") if row.group else _("View")
    home = reverse("devices", args=[customer_id])
    named = cells.link(row.name, f"{home}?{row.query}", kind)
    return Row(
        key=str(row.uid),
        cells=(
            cells.text(row.name, kind) if row.problem == ScheduleTargetGone.code else named,
            cells.text(_pause_text(row.every_days)),
            cells.day(row.next_on),
            _latest(row.latest_run, customer_id),
            _state(row.problem),
            cells.text(row.made_by),
            *([_delete(visit, row)] if visit.may(Capability.REFRESH_WARRANTY) else []),
        ),
    )


def _pause_text(days: int) -> str:
    if str(days) in PAUSES:
        return str(PAUSES[str(days)])
    return ngettext("Every %(n)s day", "Every %(n)s days", days) % {"n": days}


def _latest(run: RunRow | None, customer_id: str) -> Cell:
    if run is None:
        return cells.moment(None)
    return cells.link(
        cells.moment_html(run.created_at), reverse("run", args=[customer_id, run.uid])
    )


def _state(problem: str) -> Cell:
    if problem == NO_DEVICE:
        return cells.badge(_("No device the last time"), Tone.QUIET, "help-circle")
    if not problem:
        return cells.badge(_("Waits for its night"), Tone.GOOD, "clock")
    badge = cells.badge_html(_("Broken"), Tone.BAD, "alert-triangle")
    text, fix = told(PROBLEMS[problem]) if problem in PROBLEMS else (problem, "")
    return Cell(format_html("{} {} {}", badge, text, fix))


def _delete(visit: Visit, row: ScheduleRow) -> Cell:
    form = format_html(
        '<form method="post" action="{}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="btn btn-sm btn-quiet" aria-label="{}">{}</button></form>',
        reverse("schedule_delete", args=[visit.tenant.customer_id, row.uid]),
        get_token(visit.request),
        _("Delete the schedule of %(name)s") % {"name": row.name},
        _("Delete"),
    )
    return Cell(SafeString(form))


@tenant_page(Capability.REFRESH_WARRANTY)
def new(visit: Visit) -> HttpResponseBase:
    """Make a schedule of a shared view or a group."""
    form = ScheduleForm(visit.posted, initial={"target": visit.request.GET.get("of", "")})
    form.fields["target"].choices = _targets(visit)  # type: ignore[attr-defined]
    if form.is_valid():
        try:
            add_schedule(
                actor=visit.actor, tenant=visit.tenant.id, schedule=_given(form), now=visit.now
            )
        except (BadSchedule, TooManySchedules) as error:
            form.add_error(getattr(error, "field", None), in_a_line(error))
        else:
            messages.success(visit.request, _("The schedule is made."))
            return redirect("schedules", customer_id=visit.tenant.customer_id)
    home = reverse("schedules", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "runs/schedule_form.html",
        title=_("New schedule"),
        nav="runs",
        crumbs=[Crumb(_("Schedules"), home)],
        status=422 if form.errors else 200,
        context={
            "form": form,
            "back_href": home,
            "has_none": not any(some for _kind, some in form.fields["target"].choices),  # type: ignore[attr-defined]
        },
    )


def _targets(visit: Visit) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = list_groups(actor=visit.actor, tenant=visit.tenant.id)
    views = list_views(actor=visit.actor, tenant=visit.tenant.id)
    shared = [(f"view:{row.uid}", row.name) for row in views if row.view.is_shared]
    return [
        (_("Groups"), [(f"group:{row.uid}", row.name) for row in groups]),
        (_("Shared views"), shared),
    ]


def _given(form: ScheduleForm) -> ScheduleInput:
    kind, _colon, uid = form.cleaned_data["target"].partition(":")
    return ScheduleInput(
        int(form.cleaned_data["every_days"]),
        view=uuid.UUID(uid) if kind == "view" else None,
        group=uuid.UUID(uid) if kind == "group" else None,
        begins_on=form.cleaned_data["begins_on"],
    )


@require_POST
@tenant_page(Capability.REFRESH_WARRANTY)
def delete(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Delete a schedule; a run that it has started goes on."""
    name = delete_schedule(actor=visit.actor, tenant=visit.tenant.id, uid=uid, now=visit.now)
    messages.success(visit.request, _("The schedule of “%(name)s” is deleted.") % {"name": name})
    return redirect("schedules", customer_id=visit.tenant.customer_id)


urlpatterns = [
    path("warranty/schedules/", schedules, name="schedules"),
    path("warranty/schedules/new/", new, name="schedule_new"),
    path("warranty/schedules/<uuid:uid>/delete/", delete, name="schedule_delete"),
]
