"""Schedules: what a shared view or a group has is refreshed at night, again and again (W7)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from fleetward.access.contracts import Capability
from fleetward.devices.contracts import TooManyDevices
from fleetward.devices.queries.groups import list_groups
from fleetward.devices.queries.views import list_views
from fleetward.kernel.errors import ChangedMeanwhile
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.schedules.actions import add_schedule, change_schedule, delete_schedule
from fleetward.warranty.schedules.contracts import (
    NO_DEVICE,
    BadSchedule,
    ScheduleGroupGone,
    ScheduleInput,
    ScheduleRow,
    ScheduleTargetGone,
    ScheduleTargetUnfit,
    TooManySchedules,
)
from fleetward.warranty.schedules.queries import get_one_schedule, list_schedules
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell
from fleetward.web.components.shapes import Crumb, Tab, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit, tenant_page
from fleetward.web.errors import in_a_line
from fleetward.web.pages.seen import Seen, behind, seen_by
from fleetward.web.render import render_page

PAUSES = {
    1: gettext_lazy("Every night"),
    7: gettext_lazy("Every week"),
    14: gettext_lazy("Every two weeks"),
    30: gettext_lazy("Every 30 days"),
    90: gettext_lazy("Every 90 days"),
}
# What may be chosen, by kind: a key for the form, and a name.
Targets = list[tuple[str, list[tuple[str, str]]]]
PROBLEMS = {
    error.code: error
    for error in (
        ScheduleTargetGone(),
        ScheduleTargetUnfit(),
        ScheduleGroupGone(),
        TooManyDevices(0),
    )
}


class ScheduleForm(forms.Form):
    """What is refreshed, how often, and from when on."""

    target = forms.ChoiceField(
        label=gettext_lazy("View or group"),
        help_text=gettext_lazy("Its devices are worked out each time, when the refresh starts."),
    )
    every_days = forms.TypedChoiceField(label=gettext_lazy("How often"), coerce=int, initial=7)
    next_on = forms.DateField(
        label=gettext_lazy("Next night"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Left empty, the one that comes next."),
    )

    def __init__(self, targets: Targets, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.has_target = any(named for _kind, named in targets)
        known = {key for _kind, named in targets for key, _name in named}
        # Where the one it had is gone, nobody gets the first of the list unawares.
        is_open = self.initial.get("target") not in known
        blank = [("", gettext_lazy("Choose one"))] if is_open else []
        _field(self, "target").choices = [*blank, *targets]
        days = {*PAUSES, int(self.initial.get("every_days", 1))}
        _field(self, "every_days").choices = [(some, pause_text(some)) for some in sorted(days)]

    def given(self) -> dict[str, Any]:
        """The fields of a `ScheduleInput`."""
        kind, _colon, uid = self.cleaned_data["target"].partition(":")
        return {
            "view": uuid.UUID(uid) if kind == "view" else None,
            "group": uuid.UUID(uid) if kind == "group" else None,
            "every_days": self.cleaned_data["every_days"],
            "next_on": self.cleaned_data["next_on"],
        }


def _field(form: forms.Form, name: str) -> forms.ChoiceField:
    return cast(forms.ChoiceField, form.fields[name])


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
    edit = reverse("schedule_edit", args=[customer_id, row.uid])
    return Row(
        key=str(row.uid),
        cells=(
            cells.text(row.name, kind) if row.problem == ScheduleTargetGone.code else named,
            cells.text(pause_text(row.every_days)),
            cells.day(row.next_on),
            _latest(row.latest_run, customer_id),
            _state(row),
            cells.text(row.made_by),
            *([cells.link(_("Edit"), edit)] if visit.may(Capability.REFRESH_WARRANTY) else []),
        ),
    )


def pause_text(days: int) -> str:
    if days in PAUSES:
        return str(PAUSES[days])
    return ngettext("Every %(n)s day", "Every %(n)s days", days) % {"n": days}


def _latest(run: RunRow | None, customer_id: str) -> Cell:
    if run is None:
        return cells.moment(None)
    return cells.link(
        cells.moment_html(run.created_at), reverse("run", args=[customer_id, run.uid])
    )


def _state(row: ScheduleRow) -> Cell:
    if row.problem == NO_DEVICE:
        return cells.badge(_("No device the last time"), Tone.QUIET, "help-circle")
    if not _is_broken(row):
        return cells.badge(_("Waits for its night"), Tone.GOOD, "clock")
    why = _problem_text(row.problem)
    return cells.badge(_("Broken"), Tone.BAD, "alert-triangle", why=why)


def _is_broken(row: ScheduleRow) -> bool:
    return row.problem not in ("", NO_DEVICE)


def _problem_text(problem: str) -> str:
    return in_a_line(PROBLEMS[problem]) if problem in PROBLEMS else problem


@tenant_page(Capability.REFRESH_WARRANTY)
def new(visit: Visit) -> HttpResponseBase:
    """Make a schedule of a shared view or a group."""
    initial = {"target": visit.request.GET.get("of", "")}
    form = ScheduleForm(_targets(visit), visit.posted, initial=initial)
    if form.is_valid():
        try:
            add_schedule(
                actor=visit.actor,
                tenant=visit.tenant.id,
                schedule=ScheduleInput(**form.given()),
                now=visit.now,
            )
        except (BadSchedule, TooManySchedules) as error:
            form.add_error(getattr(error, "field", None), in_a_line(error))
        else:
            messages.success(visit.request, _("The schedule is made."))
            return redirect("schedules", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, _("New schedule"))


@tenant_page(Capability.REFRESH_WARRANTY)
def edit(visit: Visit, uid: uuid.UUID) -> HttpResponseBase:
    """Change what is refreshed, how often or when next; or delete the schedule."""
    row = get_one_schedule(actor=visit.actor, tenant=visit.tenant.id, uid=uid)
    form = ScheduleForm(_targets(visit), visit.posted, initial=_known(row))
    seen = seen_by(visit, row.updated_at)
    if form.is_valid():
        try:
            is_changed = change_schedule(
                actor=visit.actor,
                tenant=visit.tenant.id,
                uid=uid,
                changes=form.given(),
                seen=seen.moment,
                now=visit.now,
            )
        except BadSchedule as error:
            form.add_error(error.field, in_a_line(error))
        except ChangedMeanwhile as error:
            form = _caught_up(visit, row)
            seen = behind(visit, form, error, row.updated_at)
        else:
            messages.success(
                visit.request, _("Saved.") if is_changed else _("Nothing has changed.")
            )
            return redirect("schedules", customer_id=visit.tenant.customer_id)
    return _form_page(visit, form, _("Edit schedule"), row, seen)


def _caught_up(visit: Visit, row: ScheduleRow) -> ScheduleForm:
    """What was sent, but with the next night as it is now: sent again, the form does not start once
    more what started since it was opened.
    """
    sent = visit.request.POST.copy()
    sent["next_on"] = row.next_on.isoformat()
    return ScheduleForm(_targets(visit), sent, initial=_known(row))


def _known(row: ScheduleRow) -> dict[str, object]:
    return {"target": _key(row), "every_days": row.every_days, "next_on": row.next_on}


def _key(row: ScheduleRow) -> str:
    return f"group:{row.group}" if row.group else f"view:{row.view}"


def _targets(visit: Visit) -> Targets:
    groups = list_groups(actor=visit.actor, tenant=visit.tenant.id)
    views = list_views(actor=visit.actor, tenant=visit.tenant.id)
    shared = [(f"view:{row.uid}", row.view.name) for row in views if row.view.is_shared]
    return [
        (_("Groups"), [(f"group:{row.uid}", row.name) for row in groups]),
        (_("Shared views"), shared),
    ]


def _form_page(
    visit: Visit,
    form: ScheduleForm,
    title: str,
    row: ScheduleRow | None = None,
    seen: Seen | None = None,
) -> HttpResponseBase:
    home = reverse("schedules", args=[visit.tenant.customer_id])
    return render_page(
        visit,
        "runs/schedule_form.html",
        title=title,
        nav="runs",
        crumbs=[Crumb(_("Schedules"), home)],
        status=(seen or Seen(None)).status_of(form),
        context={
            "form": form,
            "row": row,
            "seen": seen,
            "problem": _problem_text(row.problem) if row and _is_broken(row) else "",
            "back_href": home,
        },
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
    path("warranty/schedules/<uuid:uid>/edit/", edit, name="schedule_edit"),
    path("warranty/schedules/<uuid:uid>/delete/", delete, name="schedule_delete"),
]
