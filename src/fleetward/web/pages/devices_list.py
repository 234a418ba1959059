"""The device list as view models: filter bar, table, and what to say when it is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.devices.contracts import GroupRow
from fleetward.devices.queries.groups import list_groups
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.paging import Page
from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid import (
    count_devices,
    list_devices,
    list_manufacturers,
    list_models,
)
from fleetward.warranty.queries.grid_filter import Count, DeviceFilter, DeviceRow, Order
from fleetward.warranty.queries.grid_sql import SHORTEST_SEARCH
from fleetward.warranty.texts import REASON_TEXTS, STATUS_LABELS
from fleetward.web.components.cells import day_text, number_text
from fleetward.web.components.shapes import (
    Chip,
    Columns,
    Filter,
    FilterBar,
    Option,
    SelectionBar,
)
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit
from fleetward.web.pages.devices_columns import (
    COLUMNS,
    SPECS,
    Cells,
    ColumnSpec,
    Layout,
    chosen_layout,
    source_labels,
)
from fleetward.web.pages.devices_conditions import Adding, condition_text, label_of, more_links
from fleetward.web.pages.devices_filter import (
    ANSWERS,
    CONDITIONS,
    ENDS,
    EXCEPT,
    INACTIVE,
    VIEW,
    Address,
    read_filter,
    read_order,
)
from fleetward.web.pages.selection_bar import selection_bar

PAGE_SIZE = 50
MOST_NAMED = 6


class Emptiness(StrEnum):
    """Why a list is empty, and so what to do."""

    NOTHING = "NOTHING"
    NO_MATCH = "NO_MATCH"
    UNCHECKED = "UNCHECKED"
    NONE_INACTIVE = "NONE_INACTIVE"
    TOO_SHORT = "TOO_SHORT"


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that the page of the list shows."""

    bar: FilterBar
    grid: Table
    count: Count
    count_text: str
    selection: SelectionBar
    group: str
    address: Address
    is_inactive: bool
    has_simulated: bool
    emptiness: Emptiness | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The list that an address asks for, as this visit may see it."""

    visit: Visit
    address: Address
    only: DeviceFilter
    order: Order
    layout: Layout

    @property
    def adding(self) -> Adding:
        """The condition that is being added."""
        return Adding(self.address, self.visit.today, self.visit.tenant.settings.time_zone)

    @property
    def scope(self) -> dict[str, object]:
        """What every query of the list is asked with."""
        return {
            "actor": self.visit.actor,
            "tenant": self.visit.tenant.id,
            "only": self.only,
            "today": self.visit.today,
            "expiring_days": self.visit.tenant.settings.expiring_days,
        }


def asked(visit: Visit) -> Asked:
    """Read the address of a visit."""
    query = visit.request.GET
    return Asked(
        visit=visit,
        address=Address(reverse("devices", args=[visit.tenant.customer_id]), query),
        only=read_filter(query, visit.today),
        order=read_order(query),
        layout=chosen_layout(visit.request),
    )


def listing(visit: Visit) -> Listing:
    """The list of an address. Raises: BadCursor."""
    # One transaction for all of its queries: they agree, and the scope is set once.
    with tenant_scope(visit.actor.tenants):
        return _listing(asked(visit))


def _listing(wanted: Asked) -> Listing:
    visit = wanted.visit
    cursor = visit.request.GET.get("cursor")
    page = list_devices(**wanted.scope, order=wanted.order, cursor=cursor, limit=PAGE_SIZE)  # type: ignore[arg-type]
    count = count_devices(**wanted.scope)  # type: ignore[arg-type]
    count_text = told(count)
    return Listing(
        bar=_bar(wanted, count),
        grid=_table(wanted, page, count_text),
        count=count,
        count_text=count_text,
        selection=_selection_bar(wanted, count, len(page.rows)),
        group=str(_one_group(wanted) or ""),
        address=wanted.address,
        is_inactive=not wanted.only.is_active,
        has_simulated=any(row.is_simulated for row in page.rows),
        emptiness=None if page.rows else _emptiness(wanted),
    )


def told(count: Count) -> str:
    """A number of devices in words."""
    shown = number_text(count.number)
    if count.is_capped:
        return _("More than %(count)s devices") % {"count": shown}
    return ngettext("%(count)s device", "%(count)s devices", count.number) % {"count": shown}


def _selection_bar(wanted: Asked, count: Count, shown: int) -> SelectionBar:
    """What can be done with selected rows, or with all that match."""
    number = number_text(count.number)
    everything = total = ""
    if count.is_capped:
        everything, total = _("Select all, not only this page"), f"{number}+"
    elif count.number > shown:
        everything, total = _("Select all %(count)s") % {"count": number}, number
    return selection_bar(
        wanted.visit,
        is_inactive=not wanted.only.is_active,
        has_group=_one_group(wanted) is not None,
        everything=everything,
        total=total,
    )


def _one_group(wanted: Asked) -> UUID | None:
    """The group that the list is of, when it is one."""
    return wanted.only.groups[0] if len(wanted.only.groups) == 1 else None


def _emptiness(wanted: Asked) -> Emptiness:
    only, scope = wanted.only, wanted.scope
    if only.is_empty:
        return Emptiness.NOTHING if only.is_active else Emptiness.NONE_INACTIVE
    # A status that nothing has, because no vendor has been asked about anything yet.
    only_statuses = only == DeviceFilter(statuses=only.statuses)
    checked = scope | {"only": DeviceFilter(is_checked=True)}
    if only_statuses and not count_devices(**checked).number:  # type: ignore[arg-type]
        return Emptiness.UNCHECKED
    is_short = 0 < len(only.words) < SHORTEST_SEARCH
    return Emptiness.TOO_SHORT if is_short else Emptiness.NO_MATCH


def _table(wanted: Asked, page: Page[DeviceRow], count_text: str) -> Table:
    visit, address = wanted.visit, wanted.address
    customer_id = visit.tenant.customer_id
    place = Cells(
        href=lambda uid: reverse("device", args=[customer_id, uid]),
        today=visit.today,
        sources=source_labels(),
    )
    may_export = visit.may(Capability.EXPORT_DEVICES)
    export = address.elsewhere(reverse("devices_export", args=[customer_id]))
    pager = Pager(
        previous_href=address.at(page.before) if page.before else "",
        next_href=address.at(page.after) if page.after else "",
        size=PAGE_SIZE,
    )
    return Table(
        caption=_("Devices"),
        columns=tuple(_column(spec, wanted) for spec in wanted.layout.specs),
        rows=tuple(_row(row, wanted.layout.specs, place) for row in page.rows),
        count=count_text,
        pager=pager,
        is_selectable=may_export,
        is_long=True,
        export_href=export if may_export and page.rows else "",
        chooser=_chooser(wanted),
    )


def _row(row: DeviceRow, columns: Sequence[ColumnSpec], place: Cells) -> Row:
    return Row(
        key=row.uid,
        cells=tuple(spec.cell(row, place) for spec in columns),
        href=place.href(row.uid),
        name=row.name or row.serial,
    )


def _column(spec: ColumnSpec, wanted: Asked) -> Column:
    is_sorted = spec.sort is wanted.order.sort
    href = direction = ""
    if spec.sort is not None and wanted.only.is_active:
        down = is_sorted and not wanted.order.is_descending
        href = wanted.address.with_values(sort=str(spec.sort), dir="desc" if down else "")
        if is_sorted:
            direction = "descending" if wanted.order.is_descending else "ascending"
    width = wanted.layout.widths.get(spec.key, 0)
    return Column(spec.key, str(spec.label), spec.css, href, direction, width)


def _bar(wanted: Asked, count: Count) -> FilterBar:
    address, only = wanted.address, wanted.only
    chips = tuple(_chips(wanted, count))
    return FilterBar(
        action=address.path,
        search_label=_("Serial, name, model or user"),
        search_value=only.text,
        filters=_filters(wanted) if only.is_active else _inactive_filters(wanted),
        chips=chips,
        clear_href=address.cleared() if len(chips) > 1 else "",
        kept=address.kept("sort", "dir", "selection", EXCEPT, COLUMNS, VIEW, CONDITIONS),
        more=more_links(address, is_active=only.is_active),
        builder=wanted.adding.builder(),
        columns=_chooser(wanted),
    )


def _chooser(wanted: Asked) -> Columns:
    """The columns shown, in their order, and then the others."""
    shown = wanted.layout.specs
    others = (spec for spec in SPECS if spec not in shown)
    return Columns(
        action=reverse("devices_columns", args=[wanted.visit.tenant.customer_id]),
        options=tuple(Option(s.key, str(s.label), s in shown) for s in (*shown, *others)),
        next_href=wanted.address.of(wanted.address.query),
    )


def _filters(wanted: Asked) -> tuple[Filter, ...]:
    only, query = wanted.only, wanted.address.query
    group = query.get("ends", "") if query.get("ends") in ENDS else ""
    statuses = tuple(Option(s, str(STATUS_LABELS[s]), s in only.statuses) for s in Status)
    ends = Filter(
        "ends",
        _("Ends"),
        (Option("", _("Any day"), not group), *_options(ENDS, group)),
        takes_many=False,
        from_name="ends_from",
        from_value="" if group else _iso(only.ends_from),
        to_name="ends_to",
        to_value="" if group else _iso(only.ends_to),
    )
    reasons = tuple(Option(r, str(REASON_TEXTS[r].label), r in only.reasons) for r in Reason)
    filters = (
        Filter("status", _("Coverage"), statuses),
        Filter("vendor", _("Vendor"), _vendor_options(wanted)),
        Filter("model", _("Model"), _model_options(wanted)),
        Filter("group", _("Group"), _group_options(wanted)),
        ends,
        Filter("reason", _("Reason"), reasons),
        _more(wanted),
    )
    return tuple(filter_ for filter_ in filters if filter_.options)


def _inactive_filters(wanted: Asked) -> tuple[Filter, ...]:
    """Inactive devices have no coverage to filter by."""
    models = Filter("model", _("Model"), _model_options(wanted))
    groups = Filter("group", _("Group"), _group_options(wanted))
    return tuple(f for f in (models, groups, _state(wanted)) if f.options)


def _more(wanted: Asked) -> Filter:
    """What is asked for rarely: marks of the answers, and the deleted devices."""
    chosen = _answer(wanted)
    options = (
        Option("", _("Any answer"), not chosen),
        *(Option(key, str(label), key == chosen) for key, (label, _only) in ANSWERS.items()),
    )
    return Filter("answer", _("Answer"), options, takes_many=False)


def _state(wanted: Asked) -> Filter:
    is_active = wanted.only.is_active
    options = (
        Option("", _("Active devices"), is_active),
        Option(INACTIVE, _("Inactive devices"), not is_active),
    )
    return Filter("state", _("State"), options, takes_many=False)


def _options(groups: dict, chosen: str) -> list[Option]:  # type: ignore[type-arg]
    return [Option(key, str(label), key == chosen) for key, (label, *_days) in groups.items()]


def _vendor_options(wanted: Asked) -> tuple[Option, ...]:
    chosen = wanted.only.manufacturers
    known = dict(list_manufacturers(actor=wanted.visit.actor, tenant=wanted.visit.tenant.id))
    gone = [name for name in chosen if name not in known]
    return tuple(
        Option(name, name, name in chosen, count)
        for name, count in [*known.items(), *((name, 0) for name in gone)]
    )


def _model_options(wanted: Asked) -> tuple[Option, ...]:
    chosen = wanted.only.models
    known = list_models(actor=wanted.visit.actor, tenant=wanted.visit.tenant.id)
    names = dict.fromkeys([*chosen, *known])
    return tuple(Option(name, name, name in chosen) for name in names)


def _group_options(wanted: Asked) -> tuple[Option, ...]:
    chosen = wanted.only.groups
    return tuple(Option(str(g.uid), g.name, g.uid in chosen) for g in groups_of(wanted))


def groups_of(wanted: Asked) -> list[GroupRow]:
    """The groups of the tenant."""
    return list_groups(actor=wanted.visit.actor, tenant=wanted.visit.tenant.id)


def _group_names(wanted: Asked) -> list[tuple[str, str]]:
    """The groups asked for; one that is gone has no device, and is called so."""
    if not wanted.only.groups:
        return []
    names = {group.uid: group.name for group in groups_of(wanted)}
    return [(str(uid), names.get(uid) or _("Deleted group")) for uid in wanted.only.groups]


def _answer(wanted: Asked) -> str:
    given = wanted.address.query.get("answer", "")
    return given if given in ANSWERS else ""


def _chips(wanted: Asked, count: Count) -> list[Chip]:
    """The filters in force, each with what it leaves by itself."""
    return [
        Chip(label, shown, href, _alone(wanted, only, count))
        for label, shown, href, only in _parts(wanted)
    ]


def _alone(wanted: Asked, only: DeviceFilter, count: Count) -> str:
    """How many devices one filter leaves; `count` is what all of them leave."""
    one = replace(only, is_active=wanted.only.is_active)
    if one != wanted.only:
        count = count_devices(**wanted.scope | {"only": one})  # type: ignore[arg-type]
    shown = number_text(count.number)
    return f"{shown}+" if count.is_capped else shown


def _parts(wanted: Asked) -> Iterator[tuple[str, str, str, DeviceFilter]]:
    """Each filter in force: label, value, the address without it, and itself."""
    only, address, query = wanted.only, wanted.address, wanted.address.query
    if not only.is_active:
        yield _("State"), _("Inactive devices"), address.without("state"), DeviceFilter()
    if only.text.strip():
        words = only.text.strip()
        yield _("Search"), words, address.without("q"), DeviceFilter(text=words)
    for name, label, value, shown, one in _choices(only):
        yield label, shown, address.without(name, value=value), one
    for uid, shown in _group_names(wanted):
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
    if answer := _answer(wanted):
        one = DeviceFilter(is_checked=only.is_checked, is_simulated=only.is_simulated)
        yield _("Answer"), str(ANSWERS[answer][0]), address.without("answer"), one
    for condition in only.conditions:
        href = address.without_any(CONDITIONS, condition.words)
        one = DeviceFilter(conditions=(condition,))
        yield label_of(condition.field), condition_text(condition), href, one


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
        return str(ENDS[group][0])
    first = day_text(only.ends_from) if only.ends_from else ""
    latest = day_text(only.ends_to) if only.ends_to else ""
    if first and latest:
        return _("%(first)s to %(latest)s") % {"first": first, "latest": latest}
    if first:
        return _("from %(first)s") % {"first": first}
    return _("until %(latest)s") % {"latest": latest}


def _iso(day: object) -> str:
    return str(day) if day else ""
