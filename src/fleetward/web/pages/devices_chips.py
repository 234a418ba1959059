"""The filters in force above the device list, as chips: what each is, leaves, and how it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fleetward.devices.contracts import GroupRow
from fleetward.warranty.queries import grid_words
from fleetward.warranty.queries.grid_filter import Count, DeviceFilter
from fleetward.warranty.queries.grid_words import CONDITIONS, EXCEPT
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.components.cells import day_text, number_text
from fleetward.web.components.shapes import Chip
from fleetward.web.pages.devices_asked import Asked
from fleetward.web.pages.devices_conditions import condition_text, label_of
from fleetward.web.pages.devices_filter import ANSWERS, ENDS, STATES, read_state

MOST_NAMED = 6
# Each costs a statement, and an address may hold a thousand.
MOST_COUNTED = 20


def chips(wanted: Asked, count: Count, groups: Sequence[GroupRow]) -> list[Chip]:
    """The filters in force, each with what it leaves by itself; beyond some that is not told."""
    return [
        Chip(label, shown, href, _alone(wanted, only, count) if number < MOST_COUNTED else "")
        for number, (label, shown, href, only) in enumerate(_parts(wanted, groups))
    ]


def words_of(wanted: Asked, groups: Sequence[GroupRow]) -> list[tuple[str, str]]:
    """The filters in force in words alone: label and value."""
    return [(label, shown) for label, shown, _href, _only in _parts(wanted, groups)]


def _alone(wanted: Asked, only: DeviceFilter, count: Count) -> str:
    """How many devices one filter leaves; `count` is what all of them leave."""
    one = replace(only, is_active=wanted.only.is_active, is_archived=wanted.only.is_archived)
    if one != wanted.only:
        count = wanted.count(one)
    shown = number_text(count.number)
    return f"{shown}+" if count.is_capped else shown


def _parts(
    wanted: Asked, groups: Sequence[GroupRow]
) -> Iterator[tuple[str, str, str, DeviceFilter]]:
    """Each filter in force: label, value, the address without it, and itself."""
    only, address, query = wanted.only, wanted.address, wanted.address.query
    if state := read_state(query):
        yield _("State"), str(STATES[state]), address.without("state"), DeviceFilter()
    if only.text.strip():
        words = only.text.strip()
        yield pgettext("filter", "Search"), words, address.without("q"), DeviceFilter(text=words)
    for name, label, value, shown, one in _choices(only):
        yield label, shown, address.without(name, value=value), one
    for uid, shown in _group_names(only, groups):
        one = DeviceFilter(groups=(UUID(uid),))
        yield _("Group"), shown, address.without("group", value=uid), one
    if only.selection:
        one = DeviceFilter(selection=only.selection)
        yield _("Selection"), _("selected devices"), address.without("selection"), one
    if only.except_manufacturers:
        one = DeviceFilter(except_manufacturers=only.except_manufacturers)
        yield _("Vendor"), _except_text(only.except_manufacturers), address.without(EXCEPT), one
    if only.ends_from or only.ends_to:
        shown = _ends_text(only, query.get("ends", ""))
        one = DeviceFilter(ends_from=only.ends_from, ends_to=only.ends_to)
        yield _("Ends"), shown, address.without("ends", "ends_from", "ends_to"), one
    for answer in wanted.answers:
        marks = grid_words.ANSWERS[answer]
        one = DeviceFilter(
            is_checked=marks.get("is_checked"), is_simulated=marks.get("is_simulated")
        )
        yield _("Answer"), str(ANSWERS[answer]), address.without("answer", value=answer), one
    for condition in only.conditions:
        href = address.without_any(CONDITIONS, condition.words)
        one = DeviceFilter(conditions=(condition,))
        yield label_of(condition.field), condition_text(condition, groups), href, one


def _choices(only: DeviceFilter) -> Iterator[tuple[str, str, str, str, DeviceFilter]]:
    """What is ticked in the menus: name, label, value, its words, and itself."""
    for status in only.statuses:
        one = DeviceFilter(statuses=(status,))
        yield "status", _("Coverage"), str(status), str(STATUS_LABELS[status]), one
    for reason in only.reasons:
        one = DeviceFilter(reasons=(reason,))
        yield "reason", _("Reason"), str(reason), str(REASON_TEXTS[reason].label), one
    for name in only.manufacturers:
        yield "vendor", _("Vendor"), name, name, DeviceFilter(manufacturers=(name,))
    for name in only.models:
        yield "model", _("Model"), name, name, DeviceFilter(models=(name,))


def _except_text(names: Sequence[str]) -> str:
    """The vendors left out, as one chip that stays readable."""
    more = len(names) - MOST_NAMED
    if more > 1:
        shown = ", ".join(names[:MOST_NAMED])
        return _("all but %(names)s and %(more)s others") % {"names": shown, "more": more}
    return _("all but %(names)s") % {"names": ", ".join(names)}


def _ends_text(only: DeviceFilter, group: str) -> str:
    if group in ENDS:
        return str(ENDS[group])
    first = day_text(only.ends_from) if only.ends_from else ""
    latest = day_text(only.ends_to) if only.ends_to else ""
    if first and latest:
        return _("%(first)s to %(latest)s") % {"first": first, "latest": latest}
    if first:
        return _("from %(first)s") % {"first": first}
    return _("until %(latest)s") % {"latest": latest}


def _group_names(only: DeviceFilter, groups: Sequence[GroupRow]) -> list[tuple[str, str]]:
    """The groups asked for; one that is gone has no device, and is called so."""
    names = {group.uid: group.name for group in groups}
    return [(str(uid), names.get(uid) or _("Deleted group")) for uid in only.groups]
