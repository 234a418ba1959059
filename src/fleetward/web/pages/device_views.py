"""A device as its page shows it: coverage in words, time line, evidence, history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from fleetward.devices.contracts import ChangeKind, ChangeRow, Origin
from fleetward.devices.queries.pure import hints_of
from fleetward.devices.texts import FIELD_LABELS, Advice
from fleetward.warranty.contracts import Coverage, Double, Reason, Status
from fleetward.warranty.queries.device import DeviceDetail, EntitlementRow
from fleetward.warranty.queries.evidence import EvidenceRow
from fleetward.warranty.queries.grid_filter import DeviceRow
from fleetward.warranty.queries.pure import LineUse, status_on
from fleetward.warranty.texts import KIND_LABELS, REASON_TEXTS, ReasonText
from fleetward.web.actor_texts import actor_text
from fleetward.web.advice import hint_told
from fleetward.web.components import cells
from fleetward.web.components.shapes import Event, KeyValue, Tone
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.components.timeline import Band, Flaw, Look, Span, Timeline, timeline
from fleetward.web.pages.devices_columns import (
    ORIGIN_LABELS,
    days_text,
    inactive_text,
    source_labels,
)

USE_LABELS = {
    LineUse.COUNTS: gettext_lazy("Counts"),
    LineUse.OVERRIDDEN: gettext_lazy("Overridden by the entered warranty"),
    LineUse.CANCELLED: gettext_lazy("Cancelled"),
    LineUse.NOT_COVER: gettext_lazy("No hardware cover"),
    LineUse.NO_END: gettext_lazy("No end date given"),
    LineUse.ENDS_BEFORE_START: gettext_lazy("Ends before it starts"),
}
CHANGE_TEXTS = {
    ChangeKind.CHANGED: (gettext_lazy("Changed"), "edit"),
    ChangeKind.DELETED: (gettext_lazy("Deleted"), "trash"),
    ChangeKind.RESTORED: (gettext_lazy("Restored"), "arrow-back-up"),
    ChangeKind.ARCHIVED: (gettext_lazy("Archived"), "archive"),
    ChangeKind.SENT: (gettext_lazy("Transferred to another tenant"), "logout"),
    ChangeKind.RECEIVED: (gettext_lazy("Came by a transfer"), "inbox"),
}
HISTORY_LABELS = {
    **FIELD_LABELS,
    "enrolled": gettext_lazy("Enrolled"),
    "service_level": gettext_lazy("Service level"),
    "number": gettext_lazy("Number"),
    "starts_on": gettext_lazy("Starts"),
    "ends_on": gettext_lazy("Ends"),
    "is_rolling": gettext_lazy("No end date"),
}
ADDED_TEXTS = {
    Origin.CSV: gettext_lazy("Added from a list"),
    Origin.MANUAL: gettext_lazy("Added by hand"),
    Origin.API: gettext_lazy("Added over the API"),
    Origin.RESALE_FEED: gettext_lazy("Reported by a resale feed"),
    Origin.AGENT: gettext_lazy("Enrolled by its agent"),
}
LOOKS = {Status.IN: Look.ACTIVE, Status.EXPIRING: Look.EXPIRING, Status.OUT: Look.ENDED}
MOST_EVIDENCE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """What the device's cover was on one day (W18)."""

    day: date
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One answer in the source's own words. `cut` says what of a long one is left out."""

    source: str
    row: EvidenceRow
    pretty: str
    cut: str = ""


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason in words, with the code that interfaces and documents name it by (W11)."""

    code: Reason
    text: ReasonText


@dataclass(frozen=True, slots=True)
class DeviceView:
    row: DeviceRow
    subtitle: str
    badge: SafeString
    coverage: tuple[KeyValue, ...]
    reason: ReasonView | None
    problem: ReasonView | None
    hints: tuple[Advice, ...]
    answer: DayAnswer | None
    line: Timeline | None
    entitlements: Table | None
    gaps: tuple[str, ...]
    doubles: tuple[str, ...]
    identity: tuple[KeyValue, ...]
    facts: tuple[KeyValue, ...]
    has_manual: bool
    archived: str = ""


def device_view(
    found: DeviceDetail, today: date, as_of: date | None, *, expiring_days: int
) -> DeviceView:
    """Everything of a device but its evidence and history, in the time zone in force."""
    row, sources = found.row, source_labels()
    return DeviceView(
        row=row,
        subtitle=" · ".join(part for part in (row.manufacturer, row.model) if part),
        badge=_badge(row),
        coverage=_coverage(row, today, sources),
        reason=_reason(row.reason),
        problem=_problem(row),
        hints=_hints(row),
        answer=_day_answer(found.coverage, as_of) if as_of else None,
        line=_timeline(found, today, expiring_days),
        entitlements=_entitlements(found.entitlements, sources),
        gaps=tuple(
            _("%(first)s to %(latest)s")
            % {"first": _day(gap.starts_on), "latest": _day(gap.ends_on)}
            for gap in found.gaps
        ),
        doubles=tuple(map(_double, found.doubles)),
        identity=_identity(row),
        facts=_facts(row),
        has_manual=found.has_manual,
        archived=_archived(row),
    )


def _badge(row: DeviceRow) -> SafeString:
    if row.status is None:
        return cells.badge_html(inactive_text(row), icon="archive")
    return cells.status_html(row.status, is_simulated=row.is_simulated)


def _archived(row: DeviceRow) -> str:
    """When an inactive device was archived (E11); '' for others."""
    if row.is_active or row.archived_on is None:
        return ""
    return _("Archived on %(day)s") % {"day": _day(row.archived_on)}


def _hints(row: DeviceRow) -> tuple[Advice, ...]:
    codes = hints_of(manufacturer=row.manufacturer, serial=row.serial)
    return tuple(hint_told(code) for code in codes)


def _reason(code: Reason | None) -> ReasonView | None:
    return ReasonView(code, REASON_TEXTS[code]) if code else None


def _problem(row: DeviceRow) -> ReasonView | None:
    """The latest try failed, and an earlier answer stands (W13)."""
    return None if row.latest_error == row.reason else _reason(row.latest_error)


def _coverage(row: DeviceRow, today: date, sources: Mapping[str, str]) -> tuple[KeyValue, ...]:
    end, note = SafeString(""), ""
    if row.is_rolling:
        end = SafeString(_("No end date"))
    elif row.ends_on is not None:
        end = cells.day_html(row.ends_on)
        note = days_text((row.ends_on - today).days)
    checked = cells.moment_html(row.checked_at) if row.checked_at else SafeString("")
    return (
        KeyValue(_("Ends"), end, note),
        KeyValue(_("Starts"), cells.day_html(row.starts_on)),
        KeyValue(_("Shipped"), cells.day_html(row.ships_on)),
        KeyValue(_("Source"), sources.get(row.source, row.source)),
        KeyValue(_("Last answer"), checked, _age(row, today)),
        KeyValue(_("Last asked"), cells.moment_html(row.attempted_at)),
    )


def _age(row: DeviceRow, today: date) -> str:
    """How old the answer is, counted in the tenant's days as `today` is."""
    return days_text((localdate(row.checked_at) - today).days) if row.checked_at else ""


def _identity(row: DeviceRow) -> tuple[KeyValue, ...]:
    return (
        KeyValue(str(FIELD_LABELS["serial"]), row.serial, copies=True),
        KeyValue(str(FIELD_LABELS["manufacturer"]), row.manufacturer),
        KeyValue(str(FIELD_LABELS["product_number"]), row.product_number),
        KeyValue(str(FIELD_LABELS["model"]), row.model),
        KeyValue(_("Kind"), str(FIELD_LABELS["is_virtual"]) if row.is_virtual else _("Hardware")),
    )


def _facts(row: DeviceRow) -> tuple[KeyValue, ...]:
    texts = ("name", "assigned_user", "asset_tag", "location", "country")
    return (
        *(KeyValue(str(FIELD_LABELS[name]), getattr(row, name)) for name in texts),
        KeyValue(str(FIELD_LABELS["purchased_on"]), cells.day_html(row.purchased_on)),
        *((KeyValue(str(FIELD_LABELS["plan"]), row.plan),) if row.plan else ()),
        KeyValue(_("Origin"), str(ORIGIN_LABELS.get(row.origin, row.origin))),
        KeyValue(_("Added"), cells.moment_html(row.created_at)),
        KeyValue(_("Changed"), cells.moment_html(row.updated_at)),
    )


def _day_answer(coverage: Coverage, day: date) -> DayAnswer:
    """Whether a line of cover includes the day; without lines nobody can tell."""
    shown = _day(day)
    if coverage.status is Status.UNKNOWN:
        text = _("Nothing is known for %(day)s: no line of cover counts.") % {"day": shown}
        return DayAnswer(day, text, Tone.INFO)
    if coverage.is_covered:
        return DayAnswer(day, _("Covered on %(day)s.") % {"day": shown}, Tone.GOOD)
    return DayAnswer(day, _("Not covered on %(day)s.") % {"day": shown}, Tone.BAD)


def _day(day: date | None) -> str:
    return cells.day_text(day) if day else ""


def _double(double: Double) -> str:
    """The service that is bought twice, and for which days."""
    line, starts_on = double.second, _day(double.starts_on)
    name = line.name or line.code
    if double.ends_on is None:
        return _("%(name)s, from %(first)s on") % {"name": name, "first": starts_on}
    days = {"first": starts_on, "latest": _day(double.ends_on)}
    return _("%(name)s, %(first)s to %(latest)s") % {"name": name, **days}


def _timeline(found: DeviceDetail, today: date, expiring_days: int) -> Timeline | None:
    spans = [
        _span(row, today, expiring_days)
        for row in found.entitlements
        if row.line.starts_on or row.line.ends_on
    ]
    bands = [Band(Flaw.GAP, gap.starts_on, gap.ends_on) for gap in found.gaps if gap.starts_on] + [
        Band(Flaw.DOUBLE, one.starts_on, one.ends_on) for one in found.doubles
    ]
    return timeline(_("Entitlements on a time line"), spans, today, bands) if spans else None


def _span(row: EntitlementRow, today: date, expiring_days: int) -> Span:
    line = row.line
    note = "" if row.use is LineUse.COUNTS else str(USE_LABELS[row.use])
    look = _look(row, today, expiring_days)
    return Span(_line_name(row), line.starts_on, line.ends_on, look, note)


def _look(row: EntitlementRow, today: date, expiring_days: int) -> Look:
    line = row.line
    if row.use is not LineUse.COUNTS:
        return Look.VOID
    if line.starts_on is not None and line.starts_on > today:
        return Look.FUTURE
    return LOOKS[status_on(line.ends_on, on=today, expiring_days=expiring_days)]


def _line_name(row: EntitlementRow) -> str:
    return row.line.name or row.line.code or str(KIND_LABELS[row.line.kind])


def _entitlements(rows: Sequence[EntitlementRow], sources: Mapping[str, str]) -> Table | None:
    if not rows:
        return None
    columns = (
        Column("name", _("Entitlement"), "main wrap"),
        Column("starts", _("Starts")),
        Column("ends", _("Ends")),
        Column("counts", _("Cover"), "tight"),
        Column("source", _("Source")),
    )
    shown = tuple(_entitlement(str(n), row, sources) for n, row in enumerate(rows))
    return Table(_("Entitlements"), columns, shown)


def _entitlement(key: str, row: EntitlementRow, sources: Mapping[str, str]) -> Row:
    line = row.line
    counts = row.use is LineUse.COUNTS
    tone, icon = (Tone.GOOD, "check") if counts else (Tone.QUIET, "x")
    end = cells.text(_("No end date")) if line.is_rolling else cells.day(line.ends_on)
    source = cells.marked_source(sources.get(line.source, line.source), row.is_simulated)
    told = (str(KIND_LABELS[line.kind]), line.service_level, line.number)
    return Row(
        key,
        (
            cells.text(_line_name(row), " · ".join(part for part in told if part)),
            cells.day(line.starts_on),
            end,
            cells.badge(USE_LABELS[row.use], tone, icon),
            source,
        ),
    )


def evidence(rows: Sequence[EvidenceRow]) -> tuple[EvidenceView, ...]:
    """What was said of the device, as its page shows it."""
    sources = source_labels()
    return tuple(_said(sources.get(row.source, row.source), row) for row in rows)


def _said(source: str, row: EvidenceRow) -> EvidenceView:
    text = pretty(row.body)
    if len(text) <= MOST_EVIDENCE_CHARACTERS:
        return EvidenceView(source, row, text)
    cut = _("The first %(shown)s of %(all)s characters are shown. The API gives all of them.") % {
        "shown": cells.number_text(MOST_EVIDENCE_CHARACTERS),
        "all": cells.number_text(len(text)),
    }
    return EvidenceView(source, row, text[:MOST_EVIDENCE_CHARACTERS], cut)


def pretty(body: str) -> str:
    """JSON with one value on a line; anything else as it came."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def history(
    changes: Sequence[ChangeRow], customer_id: str, *, may_import: bool
) -> tuple[Event, ...]:
    """What happened to the device, the latest first."""
    return tuple(_event(change, customer_id, may_import=may_import) for change in changes)


def _change_text(change: ChangeRow) -> tuple[str, str]:
    """What was done, and its icon. A hand-entered warranty always has a name."""
    if change.kind is ChangeKind.GROUP:
        left, joined = change.fields["group"]
        if joined is None:
            return _("Removed from the group %(group)s") % {"group": left}, "folder-minus"
        return _("Added to the group %(group)s") % {"group": joined}, "folder-plus"
    if change.kind is not ChangeKind.WARRANTY:
        text, icon = CHANGE_TEXTS[change.kind]
        return str(text), icon
    before, after = change.fields.get("name", ("", ""))
    if before is None:
        return _("Warranty entered by hand"), "shield-check"
    if after is None:
        return _("Hand-entered warranty released"), "shield-x"
    return _("Hand-entered warranty changed"), "edit"


def _shown(value: object) -> object:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else value


def _event(change: ChangeRow, customer_id: str, *, may_import: bool) -> Event:
    if change.kind is ChangeKind.CREATED:
        text, icon = str(ADDED_TEXTS[Origin(change.origin)]), "plus"
    else:
        text, icon = _change_text(change)
    who, href, link = actor_text(change.actor), "", ""
    if change.on_behalf:
        who = _("%(who)s on behalf of %(whom)s") % {"who": who, "whom": change.on_behalf}
    if change.bulk_uid:
        href, link = reverse("bulk", args=[customer_id, change.bulk_uid]), _("Bulk change")
    elif change.import_uid and may_import:
        href, link = (
            reverse("import", args=[customer_id, change.import_uid]),
            pgettext("one import", "Import"),
        )
    notes = [
        cells.change_text(HISTORY_LABELS.get(name, name), _shown(before), _shown(after))
        for name, (before, after) in change.fields.items()
        if change.kind is not ChangeKind.GROUP
    ]
    return Event(text, change.at, who, " · ".join(notes), icon, href, link, change.request_id)
