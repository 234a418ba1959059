"""The device list as view models: filter bar, table, and what to say when it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fleetward.access.contracts import Capability
from fleetward.devices.contracts import GroupKind, GroupRow
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.paging import Page
from fleetward.tenancy.contracts import TenantKind
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.queries.grid_filter import Count, DeviceFilter, DeviceRow
from fleetward.web.components.cells import number_text
from fleetward.web.components.shapes import FilterBar, SelectionBar
from fleetward.web.components.table import Column, Pager, Row, Table
from fleetward.web.door import Visit
from fleetward.web.pages.devices_asked import Asked, asked, groups_of
from fleetward.web.pages.devices_bar import chooser, filter_bar
from fleetward.web.pages.devices_columns import (
    Cells,
    ColumnSpec,
    source_labels,
)
from fleetward.web.pages.devices_conditions import LeftOver, left_over_of
from fleetward.web.pages.devices_filter import STATES, Address, read_state
from fleetward.web.pages.devices_owners import Owners, owners_of
from fleetward.web.pages.selection_bar import selection_bar

PAGE_SIZE = 50


class Emptiness(StrEnum):
    """Why a list is empty, and so what to do."""

    NOTHING = "NOTHING"
    NOTHING_HELD = "NOTHING_HELD"
    NO_MATCH = "NO_MATCH"
    UNCHECKED = "UNCHECKED"
    NONE_INACTIVE = "NONE_INACTIVE"
    NONE_ARCHIVED = "NONE_ARCHIVED"
    TOO_SHORT = "TOO_SHORT"
    LOST_GROUP = "LOST_GROUP"


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that the page of the list shows."""

    bar: FilterBar
    grid: Table
    count: Count
    count_text: str
    selection: SelectionBar
    group: str
    groups: Sequence[GroupRow]
    address: Address
    title: str
    state: str
    has_simulated: bool
    emptiness: Emptiness | None
    ordered_href: str
    left_over: LeftOver | None


def listing(visit: Visit) -> Listing:
    """The list of an address. Raises: BadCursor."""
    # One transaction for all of its queries: they agree, and the scope is set once.
    with tenant_scope(visit.actor.tenants):
        return _listing(asked(visit))


def _listing(wanted: Asked) -> Listing:
    page, count = wanted.listed(PAGE_SIZE)
    count_text, groups = told(count), groups_of(wanted)
    static = _static_group(wanted, groups)
    emptiness = None if page.rows else _emptiness(wanted)
    state = read_state(wanted.address.query)
    return Listing(
        bar=filter_bar(wanted, count, groups),
        grid=_table(wanted, page, count_text),
        count=count,
        count_text=count_text,
        selection=_selection_bar(wanted, count, len(page.rows), has_group=bool(static)),
        group=static,
        groups=groups,
        address=wanted.address,
        title=str(STATES[state]) if state else title_of(wanted.visit),
        state=state,
        has_simulated=any(row.is_simulated for row in page.rows),
        emptiness=emptiness,
        ordered_href=_ordered_href(wanted.visit) if emptiness is Emptiness.NOTHING_HELD else "",
        left_over=left_over_of(wanted.address.query, groups),
    )


def _ordered_href(visit: Visit) -> str:
    """Of an empty holding tenant: the page of its partner that tells what is missing (T7)."""
    owner = visit.tenant.owner
    if owner is None:
        return ""
    return reverse("reconciliation", args=[get_tenant_by_id(owner).customer_id])


def _static_group(wanted: Asked, groups: Sequence[GroupRow]) -> str:
    """The group that the list is of, when its devices can be taken out by hand; or ''."""
    kinds = {row.uid: row.kind for row in groups}
    uid = wanted.group
    return str(uid) if uid and kinds.get(uid) is GroupKind.STATIC else ""


def title_of(visit: Visit) -> str:
    """What the list of a tenant is called: the page of a holding tenant has a name of its own."""
    is_held = visit.tenant.kind is TenantKind.HOLDING
    return _("Unassigned Devices") if is_held else _("Devices")


def told(count: Count) -> str:
    """A number of devices in words."""
    shown = number_text(count.number)
    if count.is_capped:
        return _("More than %(count)s devices") % {"count": shown}
    return ngettext("%(count)s device", "%(count)s devices", count.number) % {"count": shown}


def _selection_bar(wanted: Asked, count: Count, shown: int, *, has_group: bool) -> SelectionBar:
    """What can be done with selected rows, or with all that match."""
    number = number_text(count.number)
    everything = total = ""
    if count.is_capped:
        everything, total = _("Select all, not only this page"), f"{number}+"
    elif count.number > shown:
        everything, total = _("Select all %(count)s") % {"count": number}, number
    return selection_bar(
        wanted.visit,
        has_active=wanted.only.is_active,
        has_inactive=not wanted.only.is_active,
        has_group=has_group,
        everything=everything,
        total=total,
    )


def _emptiness(wanted: Asked) -> Emptiness:
    only = wanted.only
    if only.is_empty:
        if only.is_active:
            is_held = wanted.visit.tenant.kind is TenantKind.HOLDING
            return Emptiness.NOTHING_HELD if is_held else Emptiness.NOTHING
        return Emptiness.NONE_ARCHIVED if only.is_archived else Emptiness.NONE_INACTIVE
    if wanted.lacks_group:
        return Emptiness.LOST_GROUP
    # A status that nothing has, because no vendor has been asked about anything yet.
    only_statuses = only == DeviceFilter(statuses=only.statuses)
    if only_statuses and not wanted.count(DeviceFilter(is_checked=True)).number:
        return Emptiness.UNCHECKED
    return Emptiness.TOO_SHORT if only.begins_serial else Emptiness.NO_MATCH


def _table(wanted: Asked, page: Page[DeviceRow], count_text: str) -> Table:
    visit, address = wanted.visit, wanted.address
    customer_id = visit.tenant.customer_id
    owners = owners_of(visit, page.rows)
    place = Cells(href=owners.href, today=visit.today, sources=source_labels())
    may_export = visit.may(Capability.EXPORT_DEVICES)
    export = address.elsewhere(reverse("devices_export", args=[customer_id]))
    pager = Pager(
        previous_href=address.at(page.before) if page.before else "",
        next_href=address.at(page.after) if page.after else "",
        size=PAGE_SIZE,
    )
    return Table(
        caption=_("Devices"),
        columns=(*owners.columns, *(_column(spec, wanted) for spec in wanted.layout.specs)),
        rows=tuple(_row(row, wanted.layout.specs, place, owners) for row in page.rows),
        count=count_text,
        pager=pager,
        # What is done to devices is done in the tenant of one customer.
        is_selectable=may_export and not visit.is_spanning,
        is_long=True,
        export_href=export if may_export and page.rows else "",
        excel_action="" if visit.is_spanning or not may_export else _excel_action(wanted, page),
        chooser=chooser(wanted),
    )


def _excel_action(wanted: Asked, page: Page[DeviceRow]) -> str:
    return reverse("exports", args=[wanted.visit.tenant.customer_id]) if page.rows else ""


def _row(row: DeviceRow, columns: Sequence[ColumnSpec], place: Cells, owners: Owners) -> Row:
    return Row(
        key=row.uid,
        cells=(*owners.cells(row), *(spec.cell(row, place) for spec in columns)),
        href=place.href(row),
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
