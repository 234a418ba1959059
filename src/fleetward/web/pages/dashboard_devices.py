"""The first devices of what the dashboard shows (W12)."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from fleetward.warranty.contracts import Status
from fleetward.warranty.queries.dashboard import DashboardFilter
from fleetward.warranty.queries.grid import list_devices
from fleetward.warranty.queries.grid_filter import DeviceFilter, DeviceRow, Order
from fleetward.warranty.queries.grid_plan import BY_END
from fleetward.web.components import cells
from fleetward.web.components.table import Column, Row, Table
from fleetward.web.door import Visit
from fleetward.web.pages.devices_owners import Owners, owners_of
from fleetward.web.pages.selection_bar import selection_bar, with_boxes

TABLE_ROWS = 10


def devices_of(visit: Visit, only: DashboardFilter) -> Table:
    """The first devices of what is shown: those whose coverage ends next, from today on (W12).

    Where none ends from today on, those whose coverage has ended last, or of which none is known.
    """
    shown = DeviceFilter(
        statuses=only.statuses, manufacturers=only.manufacturers, groups=only.groups
    )
    ending = _rows(visit, replace(shown, ends_from=visit.today), BY_END)
    rows = ending or _rows(visit, shown, Order(is_descending=True))
    columns = (
        *owners_of(visit, ()).columns,
        Column("status", _("Status")),
        Column("name", _("Computer name and user"), css="main"),
        Column("serial", _("Serial number")),
        Column("model", _("Model and manufacturer")),
        Column("ship", _("Ship date"), css="extra"),
        Column("start", _("Start"), css="extra"),
        Column("end", _("End")),
    )
    caption = _("Coverage that ends next") if ending else _("Devices")
    grid = Table(caption, columns, rows)
    return grid if visit.is_spanning else with_boxes(grid, selection_bar(visit))


def _rows(visit: Visit, only: DeviceFilter, order: Order) -> tuple[Row, ...]:
    page = list_devices(
        actor=visit.actor,
        tenant=visit.tenant.id,
        only=only,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
        order=order,
        limit=TABLE_ROWS,
    )
    owners = owners_of(visit, page.rows)
    return tuple(_row(row, owners) for row in page.rows)


def _row(row: DeviceRow, owners: Owners) -> Row:
    href = owners.href(row)
    status = row.status or Status.UNKNOWN
    return Row(
        key=row.uid,
        href=href,
        name=row.name or row.serial,
        cells=(
            *owners.cells(row),
            cells.status(status, row.reason, is_simulated=row.is_simulated, is_short=True),
            cells.link(row.name or row.serial, href, row.assigned_user),
            cells.code(row.serial),
            cells.text(row.model or row.manufacturer, row.manufacturer if row.model else ""),
            cells.day(row.ships_on),
            cells.day(row.starts_on),
            cells.text(_("Open-ended")) if row.is_rolling else cells.day(row.ends_on),
        ),
    )
