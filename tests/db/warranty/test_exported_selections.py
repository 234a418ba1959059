"""What an export tells of the devices of a selection: changed since, or gone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fleetward.api.v1.export import COLUMNS, PLAIN
from fleetward.audit.models import Entry
from fleetward.devices.bulk.contracts import BulkKind, SelectionRow, SinceSelected
from fleetward.devices.models import Selection
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from fleetward.warranty.exports.actions import make_export, start_export
from fleetward.warranty.exports.contracts import Day, ExportFormat, ExportRow, ExportState
from fleetward.warranty.exports.queries import get_export
from fleetward.warranty.queries.export import Sheet
from fleetward.warranty.queries.grid_filter import Order
from tests.db.bulk.work import Place
from tests.plugins.variables import SetEnv

DAY = Day(date(2026, 11, 22), "Europe/Paris", 180)


@pytest.fixture
def place(db: None, set_env: SetEnv, tmp_path: Path) -> Place:
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    return Place()


def asked(place: Place, query: str) -> ExportRow:
    return start_export(
        actor=place.actor,
        tenant=place.tenant,
        format_=ExportFormat.CSV,
        query=query,
        sheet=Sheet(Order(), COLUMNS, PLAIN),
        day=DAY,
        now=utc_now(),
    )


def made(place: Place, row: ExportRow) -> ExportRow:
    make_export(tenant=place.tenant, export=row.id, clock=utc_now)
    return get_export(actor=place.actor, tenant=place.tenant, uid=row.uid)


def address(selection: SelectionRow, more: str = "") -> str:
    return f"selection={selection.uid}{more}"


def delete(place: Place, *devices: int) -> None:
    place.run(BulkKind.DELETE, selection=place.select(devices))


def told(place: Place, row: ExportRow) -> tuple[dict[str, object], dict[str, object]]:
    """By the notification and by the trail."""
    with tenant_scope([place.tenant]):
        note = Notification.objects.get(key=f"export:{row.uid}")
        entry = Entry.objects.get(subject=f"export:{row.uid}")
    return note.params, entry.details


def test_devices_that_have_changed_since_and_those_that_are_gone_are_told(place: Place) -> None:
    one, two, three, _ = place.add(4)
    row = asked(place, address(place.select()))
    assert row.since is None
    place.change(one, location="Nantes")
    delete(place, two, three)
    row = made(place, row)
    assert (row.devices, row.since) == (2, SinceSelected(4, changed_since=1, gone=2))
    since = {"selected": 4, "changed_since": 1, "gone": 2}
    assert all(since.items() <= one.items() for one in told(place, row))


def test_where_all_are_as_they_were_nobody_is_told(place: Place) -> None:
    place.add(2)
    selection = place.select()
    place.add(1)
    row = made(place, asked(place, address(selection)))
    assert (row.devices, row.since) == (2, SinceSelected(2, changed_since=0, gone=0))
    assert set(told(place, row)[0]) == {"devices", "format"}


def test_of_deleted_devices_one_that_was_restored_has_changed(place: Place) -> None:
    one, two = place.add(2)
    delete(place, one, two)
    selection = place.select()
    place.run(BulkKind.RESTORE, selection=place.select([one]))
    row = made(place, asked(place, address(selection, "&state=inactive")))
    assert (row.devices, row.since) == (1, SinceSelected(2, changed_since=1, gone=0))


def test_without_its_selection_there_is_no_file(place: Place) -> None:
    place.add(1)
    selection = place.select()
    row = asked(place, address(selection))
    with tenant_scope([place.tenant]):
        Selection.objects.all().delete()
    row = made(place, row)
    assert row.problem
    assert (row.state, row.problem.code) == (ExportState.FAILED, "selection_gone")


def test_a_list_that_is_no_selection_has_nothing_since(place: Place) -> None:
    place.add(1)
    assert made(place, asked(place, "")).since is None
