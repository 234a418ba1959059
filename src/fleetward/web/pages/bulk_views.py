"""Bulk changes in words: what one does, how it ended, device by device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from fleetward.devices.bulk.contracts import (
    EDITABLE,
    BulkItemRow,
    BulkKind,
    BulkOutcome,
    BulkRefusal,
    BulkRow,
    BulkState,
)
from fleetward.devices.texts import FIELD_LABELS
from fleetward.web.actor_texts import actor_text
from fleetward.web.components import cells
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import Figure, KeyValue, Progress, Tab, Tone
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit

STATES = {
    BulkState.RUNNING: (gettext_lazy("Running"), Tone.ACCENT, "loader-2"),
    BulkState.CANCELLING: (gettext_lazy("Stopping"), Tone.ACCENT, "loader-2"),
    BulkState.DONE: (gettext_lazy("Done"), Tone.GOOD, "circle-check"),
    BulkState.CANCELLED: (gettext_lazy("Cancelled"), Tone.QUIET, "player-stop"),
    BulkState.FAILED: (gettext_lazy("Failed"), Tone.BAD, "alert-circle"),
}
OUTCOMES = {
    BulkOutcome.DONE: (gettext_lazy("Done"), Tone.GOOD),
    BulkOutcome.REMOVED: (gettext_lazy("Removed"), Tone.GOOD),
    BulkOutcome.UNCHANGED: (gettext_lazy("Unchanged"), Tone.QUIET),
    BulkOutcome.CHANGED_SINCE: (gettext_lazy("Changed since"), Tone.WARN),
    BulkOutcome.GONE: (gettext_lazy("Gone"), Tone.WARN),
    BulkOutcome.REFUSED: (gettext_lazy("Refused"), Tone.BAD),
    BulkOutcome.SKIPPED: (gettext_lazy("Skipped"), Tone.QUIET),
}
# Beside a number; some languages then want the plural.
COUNTED = {
    BulkOutcome.DONE: pgettext_lazy("number of devices", "Done"),
    BulkOutcome.REMOVED: pgettext_lazy("number of devices", "Removed"),
    BulkOutcome.UNCHANGED: pgettext_lazy("number of devices", "Unchanged"),
    BulkOutcome.CHANGED_SINCE: pgettext_lazy("number of devices", "Changed since"),
    BulkOutcome.GONE: pgettext_lazy("number of devices", "Gone"),
    BulkOutcome.REFUSED: pgettext_lazy("number of devices", "Refused"),
    BulkOutcome.SKIPPED: pgettext_lazy("number of devices", "Skipped"),
}
# What an outcome means, and what to do.
MEANINGS = {
    BulkOutcome.DONE: "",
    BulkOutcome.REMOVED: "",
    BulkOutcome.UNCHANGED: gettext_lazy("It was like this already."),
    BulkOutcome.CHANGED_SINCE: gettext_lazy(
        "Somebody changed it meanwhile, so it was left alone. Look at it, and select it again."
    ),
    BulkOutcome.GONE: gettext_lazy("It was deleted, or is out of your sight."),
    BulkOutcome.SKIPPED: gettext_lazy("The bulk change stopped before its turn."),
}
REFUSALS = {
    BulkRefusal.OTHER_MANUFACTURER: gettext_lazy(
        "This model is one of another manufacturer. Edit the device by itself."
    ),
    BulkRefusal.LISTED_AGAIN: gettext_lazy(
        "A later list names it as well, so it was left alone. Delete it by itself if it is not "
        "yours."
    ),
    BulkRefusal.IDENTITY_TAKEN: gettext_lazy(
        "Another device has its former manufacturer or product number by now. Compare the two, "
        "and edit or delete one."
    ),
}


def title_of(row: BulkRow) -> str:
    """What a bulk change does."""
    names = {
        BulkKind.EDIT: _("Edit devices"),
        BulkKind.GROUP_ADD: _("Add to group %(group)s"),
        BulkKind.GROUP_REMOVE: _("Remove from group %(group)s"),
        BulkKind.DELETE: _("Delete devices"),
        BulkKind.RESTORE: _("Restore devices"),
        BulkKind.UNDO_IMPORT: _("Undo the import of %(file)s"),
    }
    told = {"group": row.params.get("name", ""), "file": row.params.get("file", "")}
    name = names[row.kind] % told
    return _("Undo: %(what)s") % {"what": name} if row.undo_of else name


def outcome_text(row: BulkRow) -> str:
    """How a bulk change ended, in one line."""
    done = row.counts.done
    texts = {
        BulkKind.UNDO_IMPORT: ngettext(
            "%(n)s device with its former values", "%(n)s devices with their former values", done
        ),
        BulkKind.EDIT: ngettext("%(n)s device edited", "%(n)s devices edited", done),
        BulkKind.GROUP_ADD: ngettext(
            "%(n)s device added to %(group)s", "%(n)s devices added to %(group)s", done
        ),
        BulkKind.GROUP_REMOVE: ngettext(
            "%(n)s device removed from %(group)s", "%(n)s devices removed from %(group)s", done
        ),
        BulkKind.DELETE: ngettext("%(n)s device deleted", "%(n)s devices deleted", done),
        BulkKind.RESTORE: ngettext("%(n)s device restored", "%(n)s devices restored", done),
    }
    first = texts[row.kind] % {"n": number_text(done), "group": row.params.get("name", "")}
    others = [
        _("%(count)s %(outcome)s")
        % {"count": number_text(count), "outcome": str(COUNTED[outcome]).lower()}
        for outcome, count in _counted(row)
        if outcome is not BulkOutcome.DONE
    ]
    return ", ".join([first, *others])


def _counted(row: BulkRow) -> list[tuple[BulkOutcome, int]]:
    every = ((outcome, getattr(row.counts, outcome.lower())) for outcome in BulkOutcome)
    return [(outcome, count) for outcome, count in every if count]


def bulk_table(rows: Sequence[BulkRow], customer_id: str, after: str | None) -> Table:
    """The list of bulk changes."""
    columns = (
        Column("what", _("Bulk change"), "main"),
        Column("at", _("Started")),
        Column("by", _("By"), "extra"),
        Column("state", _("State")),
        Column("devices", _("Devices"), "num"),
        Column("done", str(COUNTED[BulkOutcome.DONE]), "num"),
    )
    return Table(
        _("Bulk changes"),
        columns,
        tuple(_bulk_line(row, customer_id) for row in rows),
        pager=Pager(next_href=f"?after={after}") if after else None,
    )


def _bulk_line(row: BulkRow, customer_id: str) -> Row:
    href = bulk_href(row, customer_id)
    label, tone, icon = STATES[row.state]
    return Row(
        str(row.uid),
        (
            cells.link(title_of(row), href),
            cells.moment(row.created_at),
            cells.text(actor_text(row.started_by)),
            cells.badge(label, tone, icon),
            cells.number(row.devices),
            cells.number(row.counts.done + row.counts.removed),
        ),
        href,
        title_of(row),
    )


def bulk_href(row: BulkRow, customer_id: str) -> str:
    return reverse("bulk", args=[customer_id, row.uid])


def progress(row: BulkRow, customer_id: str) -> Progress:
    """How far it is; the figures of its end open the devices behind them."""
    label, tone, _icon = STATES[row.state]
    href = bulk_href(row, customer_id)
    is_open = row.state.is_open
    poll_url = reverse("bulk_progress", args=[customer_id, row.uid]) if is_open else ""
    return Progress(
        title=str(label),
        done=row.counts.ended,
        total=row.devices,
        tone=tone,
        poll_url=poll_url,
        figures=tuple(
            Figure(
                str(COUNTED[outcome]),
                number_text(count),
                OUTCOMES[outcome][1],
                "" if is_open else f"{href}?outcome={outcome}",
            )
            for outcome, count in _counted(row)
        ),
    )


def facts(row: BulkRow, *, import_href: str = "") -> tuple[KeyValue, ...]:
    """Who wanted it, on whose behalf, when, and under which request."""
    behalf = (KeyValue(_("On behalf of"), row.on_behalf),) if row.on_behalf else ()
    finished = cells.moment_html(row.finished_at)
    return (
        *_wanted(row),
        *_undone(row, import_href),
        KeyValue(_("By"), actor_text(row.started_by)),
        *behalf,
        KeyValue(_("Started"), cells.moment_html(row.created_at)),
        KeyValue(_("Finished"), finished),
        KeyValue(_("Request"), row.request_id, copies=bool(row.request_id)),
    )


def _wanted(row: BulkRow) -> tuple[KeyValue, ...]:
    """What an edit was to set."""
    if row.kind is not BulkKind.EDIT or row.undo_of:
        return ()
    return tuple(changes_told(row.params))


def _undone(row: BulkRow, href: str) -> tuple[KeyValue, ...]:
    """The import that is undone."""
    file = row.params.get("file")
    return (KeyValue(_("Import"), cells.link_html(str(file), href)),) if file else ()


def changes_told(changes: Mapping[str, object]) -> list[KeyValue]:
    """The fields of an edit with their new values."""
    # In our order: the database has one of its own.
    names = [name for name in EDITABLE if name in changes]
    return [
        KeyValue(str(FIELD_LABELS[name]), cells.value_text(changes[name], _("cleared")))
        for name in names
    ]


def outcome_tabs(row: BulkRow, here: str, chosen: BulkOutcome | None) -> tuple[Tab, ...]:
    """The devices by outcome; one outcome alone needs no tabs."""
    counted = _counted(row)
    if len(counted) < 2:
        return ()
    tabs = (
        Tab(str(COUNTED[outcome]), f"{here}?outcome={outcome}", outcome is chosen, count)
        for outcome, count in counted
    )
    return (Tab(_("All devices"), here, chosen is None, row.devices), *tabs)


def items_table(rows: Sequence[BulkItemRow], visit: Visit, next_href: str) -> Table:
    """How each device ended."""
    columns = (
        Column("name", _("Name"), "main"),
        Column("serial", _("Serial number")),
        Column("manufacturer", _("Manufacturer"), "extra"),
        Column("outcome", _("Outcome")),
        *([Column("why", _("What to do"), "wrap")] if any(map(advice, rows)) else []),
    )
    customer_id = visit.tenant.customer_id
    return Table(
        _("Devices"),
        columns,
        tuple(_item(row, customer_id, len(columns)) for row in rows),
        pager=Pager(next_href=next_href) if next_href else None,
        is_selectable=True,
    )


def _item(row: BulkItemRow, customer_id: str, width: int) -> Row:
    label, tone = OUTCOMES[row.outcome]
    name = row.name or row.serial or _("A device out of your sight")
    href = reverse("device", args=[customer_id, row.device]) if row.device else ""
    shown = (
        cells.link(name, href) if href else cells.text(name),
        cells.code(row.serial),
        cells.text(row.manufacturer),
        cells.badge(label, tone),
        cells.text(advice(row)),
    )
    return Row(str(row.device or ""), shown[:width], href, name)


def advice(row: BulkItemRow) -> str:
    """What the outcome of one device means."""
    if row.outcome is BulkOutcome.REFUSED:
        return str(REFUSALS[BulkRefusal(row.refusal)])
    return str(MEANINGS[row.outcome])


def summary_headers() -> list[str]:
    return [
        _("Manufacturer"),
        _("Serial number"),
        _("Name"),
        _("Outcome"),
        _("Outcome code"),
        _("What to do"),
    ]


def summary_line(row: BulkItemRow) -> list[str]:
    """One device of the summary."""
    code = row.refusal or str(row.outcome)
    label = str(OUTCOMES[row.outcome][0])
    return [row.manufacturer, row.serial, row.name, label, code, advice(row)]
