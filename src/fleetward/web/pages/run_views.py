"""View models of bulk processing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from fleetward.devices.bulk.contracts import SelectionGone
from fleetward.warranty.contracts import (
    STOPPED,
    OutcomeRow,
    ProviderProgress,
    Reason,
    RunRow,
    RunState,
    Schedule,
    Trigger,
)
from fleetward.warranty.queries.providers import providers
from fleetward.warranty.queries.runs import time_left
from fleetward.warranty.texts import OUTCOME_LABELS, REASON_TEXTS, SCOPE_LABELS, outcome_label
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import Cell, number_text
from fleetward.web.components.shapes import Figure, Progress, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit
from fleetward.web.errors import told
from fleetward.web.selection_texts import since_text

STATES = {
    RunState.PLANNING: (gettext_lazy("Planning"), Tone.ACCENT, "loader-2"),
    RunState.RUNNING: (gettext_lazy("Running"), Tone.ACCENT, "loader-2"),
    RunState.DONE: (gettext_lazy("Done"), Tone.GOOD, "circle-check"),
    RunState.DONE_WITH_PROBLEMS: (
        gettext_lazy("Done with problems"),
        Tone.WARN,
        "alert-triangle",
    ),
    RunState.CANCELLED: (gettext_lazy("Cancelled"), Tone.QUIET, "player-stop"),
}
SCOPES = {
    Trigger.BULK: gettext_lazy("All devices"),
    Trigger.SCHEDULED: gettext_lazy("Devices that were due"),
    Trigger.SELECTION: gettext_lazy("Selected devices"),
    Trigger.DEVICE: gettext_lazy("One device"),
}
PROBLEMS = {SelectionGone.code: SelectionGone()}
SECONDS_OF_A_MINUTE = 60
# From here on the time that is left is told in hours.
MOST_MINUTES = 120


def name_of(row: RunRow) -> str:
    """A run is called by when it was started, in the tenant's zone."""
    started = date_format(timezone.localtime(row.created_at), "SHORT_DATETIME_FORMAT")
    if row.trigger in (Trigger.BULK, Trigger.SCHEDULED):
        return _("Bulk processing of %(started)s") % {"started": started}
    return _("Refresh of %(started)s") % {"started": started}


def scope_text(row: RunRow) -> str:
    """What a run visits."""
    if row.trigger is Trigger.SELECTION and row.is_whole:
        told = _("%(what)s, all that the list showed then; none is added later")
        return told % {"what": visits_text(row)}
    return visits_text(row)


def visits_text(row: RunRow) -> str:
    """The same in short: the name of a view or a group, a coverage, or what set the run off."""
    if row.name:
        return _("“%(name)s”") % {"name": row.name}
    return str(SCOPES[row.trigger] if row.scope is None else SCOPE_LABELS[row.scope])


def problem_of(row: RunRow) -> tuple[str, str] | None:
    """Why the run could not go on, and what to do; None if it could."""
    return told(PROBLEMS[row.problem]) if row.problem in PROBLEMS else None


def provider_label(key: str) -> str:
    """The vendor's name; '' are the devices that no external service answers for."""
    if not key:
        return _("No external service")
    found = providers().get(key)
    return found.traits.label if found else key


def schedule_text(schedule: Schedule) -> str:
    """What happens by itself, and when next."""
    if not schedule.is_on:
        return _("Scheduled runs are switched off: no device is looked up again by itself.")
    day = cells.day_text(schedule.next_on)
    devices = number_text(schedule.due)
    if not schedule.due:
        return _("No device is due for another look in the night of %(day)s.") % {"day": day}
    if schedule.has_more:
        return _(
            "More than %(devices)s devices are due and will be looked up again in the night of "
            "%(day)s."
        ) % {"devices": devices, "day": day}
    text = ngettext(
        "%(devices)s device is due and will be looked up again in the night of %(day)s.",
        "%(devices)s devices are due and will be looked up again in the night of %(day)s.",
        schedule.due,
    )
    return text % {"devices": devices, "day": day}


def runs_table(rows: Sequence[RunRow], customer_id: str) -> Table:
    """The list of runs."""
    columns = (
        Column("at", _("Started"), css="main"),
        Column("scope", _("Visits")),
        Column("by", _("By"), css="extra"),
        Column("state", _("State")),
        Column("devices", _("Devices"), css="num"),
        Column("took", _("Duration"), css="num"),
    )
    return Table(_("Bulk processing"), columns, tuple(_run_line(row, customer_id) for row in rows))


def _run_line(row: RunRow, customer_id: str) -> Row:
    label, tone, icon = STATES[row.state]
    href = reverse("run", args=[customer_id, row.uid])
    return Row(
        key=row.uid,
        href=href,
        cells=(
            cells.link(cells.moment_html(row.created_at), href),
            cells.text(visits_text(row)),
            cells.text(actor_text(row.started_by)),
            cells.badge(label, tone, icon),
            cells.number(row.devices),
            cells.text(_took(row)),
        ),
    )


def _took(row: RunRow) -> str:
    """How long it took, such as "2 hours, 5 minutes"; '' while it runs. A short one in seconds."""
    if row.finished_at is None:
        return ""
    started = row.started_at or row.created_at
    seconds = max(1, round((row.finished_at - started).total_seconds()))
    if seconds >= SECONDS_OF_A_MINUTE:
        return timesince(started, row.finished_at)
    return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}


def block(row: RunRow, parts: Sequence[ProviderProgress], visit: Visit) -> dict[str, object]:
    """The live part of the page: the whole, each vendor, and why devices have no answer."""
    poll_url = reverse("run_progress", args=[visit.tenant.customer_id, row.uid])
    return {
        "progress": _progress(row, parts, visit),
        "poll_url": poll_url if row.state.is_open else "",
        "vendors": _vendors(parts),
        "reasons": _reasons(parts),
    }


def has_simulated(parts: Sequence[ProviderProgress]) -> bool:
    """Whether a simulator has answered for some device of the run (W20)."""
    return any(part.simulated for part in parts)


def _progress(row: RunRow, parts: Sequence[ProviderProgress], visit: Visit) -> Progress:
    done, waiting = sum(p.done for p in parts), sum(p.waiting for p in parts)
    rate, left = time_left(row, parts, now=visit.now)
    label, tone, _icon = STATES[row.state]
    # The block around it asks for its next self, tables included.
    return Progress(
        title=str(label),
        done=done,
        total=row.devices,
        tone=tone,
        status=_pace(rate, left),
        note=since_text(row.since),
        figures=(
            Figure(
                pgettext("number of devices", "Found"),
                number_text(sum(p.found for p in parts)),
                Tone.GOOD,
            ),
            Figure(
                pgettext("number of devices", "Not found"),
                number_text(sum(p.not_found for p in parts)),
            ),
            Figure(
                pgettext("number of devices", "Failed"),
                number_text(_sum(parts, "failed")),
                Tone.BAD,
            ),
            Figure(pgettext("number of devices", "Not asked"), number_text(_sum(parts, "skipped"))),
            Figure(pgettext("number of devices", "Waiting"), number_text(waiting)),
            *_simulated(parts),
        ),
    )


def _simulated(parts: Sequence[ProviderProgress]) -> tuple[Figure, ...]:
    count = sum(part.simulated for part in parts)
    label = pgettext("number of devices", "Simulated")
    return (Figure(label, number_text(count), Tone.WARN),) if count else ()


def _sum(parts: Sequence[ProviderProgress], group: str) -> int:
    return sum(sum(getattr(part, group).values()) for part in parts)


def _pace(rate: float, left: timedelta | None) -> str:
    """How fast it is, and how long it takes still; in hours where minutes say little."""
    if not rate:
        return ""
    pace = _rate_text(rate)
    return pace if left is None else f"{pace}, {_rest_text(left)}"


def _rate_text(rate: float) -> str:
    if a_minute := round(rate):
        text = ngettext("%(rate)s device a minute", "%(rate)s devices a minute", a_minute)
        return text % {"rate": number_text(a_minute)}
    an_hour = max(1, round(rate * 60))
    text = ngettext("%(rate)s device an hour", "%(rate)s devices an hour", an_hour)
    return text % {"rate": number_text(an_hour)}


def _rest_text(left: timedelta) -> str:
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes < MOST_MINUTES:
        text = ngettext("about %(minutes)s minute left", "about %(minutes)s minutes left", minutes)
        return text % {"minutes": number_text(minutes)}
    hours = round(minutes / 60)
    text = ngettext("about %(hours)s hour left", "about %(hours)s hours left", hours)
    return text % {"hours": number_text(hours)}


def _vendors(parts: Sequence[ProviderProgress]) -> Table:
    columns = (
        Column("vendor", _("Vendor"), css="main"),
        Column("done", pgettext("number of devices", "Done"), css="num"),
        Column("devices", _("Devices"), css="num"),
        Column("found", pgettext("number of devices", "Found"), css="num"),
        Column("not_found", pgettext("number of devices", "Not found"), css="num"),
        Column("failed", pgettext("number of devices", "Failed"), css="num"),
        Column("skipped", pgettext("number of devices", "Not asked"), css="num extra"),
    )
    return Table(
        _("By vendor"),
        columns,
        tuple(
            Row(
                key=part.provider,
                cells=(
                    _vendor(part),
                    cells.number(part.done),
                    cells.number(part.devices),
                    cells.number(part.found),
                    cells.number(part.not_found),
                    cells.number(sum(part.failed.values())),
                    cells.number(sum(part.skipped.values())),
                ),
            )
            for part in parts
        ),
    )


def _vendor(part: ProviderProgress) -> Cell:
    return cells.marked_source(provider_label(part.provider), is_simulated=bool(part.simulated))


def _reasons(parts: Sequence[ProviderProgress]) -> Table | None:
    """Why devices have no answer, and what to do: failed and not asked together."""
    rows = [
        (part.provider, outcome, devices)
        for part in parts
        for group in (part.failed, part.skipped)
        for outcome, devices in sorted(group.items(), key=lambda item: -item[1])
    ]
    if not rows:
        return None
    columns = (
        Column("reason", _("Reason"), css="main"),
        Column("vendor", _("Vendor")),
        Column("devices", _("Devices"), css="num"),
        Column("fix", _("What to do"), css="wrap"),
    )
    return Table(
        _("Devices without an answer"),
        columns,
        tuple(
            Row(
                key=f"{provider}-{outcome}",
                cells=(
                    cells.text(outcome_label(outcome)),
                    cells.text(provider_label(provider)),
                    cells.number(devices),
                    cells.text(_fix(outcome)),
                ),
            )
            for provider, outcome, devices in rows
        ),
    )


def _fix(outcome: str) -> str:
    if outcome == STOPPED:
        return _("Start bulk processing again. If it is stopped again, ask the operator why.")
    return "" if outcome in OUTCOME_LABELS else str(REASON_TEXTS[Reason(outcome)].fix)


def summary_headers() -> list[str]:
    return [
        _("Manufacturer"),
        _("Serial number"),
        _("Computer name"),
        _("External service"),
        _("Outcome"),
        _("Outcome code"),
        _("Simulated"),
    ]


def summary_line(row: OutcomeRow) -> list[str]:
    """One device of the summary."""
    return [
        row.manufacturer,
        row.serial,
        row.name,
        provider_label(row.provider) if row.provider else "",
        outcome_label(row.outcome),
        row.outcome,
        _("Simulated") if row.is_simulated else "",
    ]
