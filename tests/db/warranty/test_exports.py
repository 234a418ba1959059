"""Exports as jobs: the very list that the direct export gives, once, for whoever asked for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from fleetward.api.v1.export import COLUMNS, PLAIN
from fleetward.audit.models import Entry
from fleetward.devices.bulk.actions import purge_selections, select_picked
from fleetward.devices.bulk.contracts import SelectionGone
from fleetward.devices.bulk.queries import get_selection
from fleetward.devices.models import Device
from fleetward.infra.files.csv_writer import restore
from fleetward.infra.kept_files import kept_file, kept_files
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from fleetward.warranty import jobs
from fleetward.warranty.actions.exporting import DeviceListing, export_devices
from fleetward.warranty.exports.actions import (
    asking,
    break_export,
    cancel_export,
    fetch_export,
    making,
    remove_old_exports,
    settle_restored,
    start_export,
    wake_exports,
)
from fleetward.warranty.exports.actions.ending import cancelled, done
from fleetward.warranty.exports.contracts import (
    MOST_OPEN,
    Day,
    ExportFormat,
    ExportGone,
    ExportNotReady,
    ExportOver,
    ExportRow,
    ExportState,
    TooManyExports,
)
from fleetward.warranty.exports.queries import get_export, list_exports
from fleetward.warranty.models import Export
from fleetward.warranty.queries.export import CELLS, KINDS, Sheet
from fleetward.warranty.queries.grid_filter import DeviceFilter, Order, Sort
from tests.cast import Cast, actor_of, add_devices, make_cast
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv
from tests.races import at_once

TODAY = date(2026, 11, 22)
SHEET = Sheet(Order(Sort.SERIAL), COLUMNS, PLAIN)
DAY = Day(TODAY, "Europe/Paris", 180)


@dataclass
class Office:
    """A tenant with a few devices, and somebody who exports them."""

    cast: Cast = field(default_factory=make_cast)

    def __post_init__(self) -> None:
        add_devices(self.tenant, 2, purchased_on=date(2024, 3, 1), location="Lyon")
        add_devices(self.tenant, 1, model="=1+1", location="Paris")

    @property
    def actor(self) -> Actor:
        return actor_of(self.cast.reader)

    @property
    def tenant(self) -> int:
        return self.cast.acme.id

    def ask(self, format_: ExportFormat = ExportFormat.XLSX, query: str = "") -> ExportRow:
        return start_export(
            actor=self.actor,
            tenant=self.tenant,
            format_=format_,
            query=query,
            sheet=SHEET,
            day=DAY,
            now=utc_now(),
        )

    def make(self, row: ExportRow) -> ExportRow:
        jobs.exports.make_export(tenant=self.tenant, export=row.id, clock=utc_now)
        return self.row(row)

    def made(self, format_: ExportFormat = ExportFormat.XLSX, query: str = "") -> ExportRow:
        return self.make(self.ask(format_, query))

    def row(self, row: ExportRow) -> ExportRow:
        return get_export(actor=self.actor, tenant=self.tenant, uid=row.uid)

    def cancel(self, row: ExportRow) -> ExportRow:
        return cancel_export(actor=self.actor, tenant=self.tenant, uid=row.uid, now=utc_now())

    def fetch(self, row: ExportRow, actor: Actor | None = None) -> Path:
        who = actor or self.actor
        return fetch_export(actor=who, tenant=self.tenant, uid=row.uid, now=utc_now())[1]

    def csv(self) -> bytes:
        """What the direct export gives."""
        out = io.BytesIO()
        export_devices(
            actor=self.actor,
            tenant=self.tenant,
            listing=DeviceListing(DeviceFilter(), SHEET, TODAY, 180),
            out=out,
            now=utc_now(),
        )
        return out.getvalue()

    def verbs(self) -> list[str]:
        with tenant_scope([self.tenant]):
            return list(Entry.objects.order_by("id").values_list("verb", flat=True))

    def told(self) -> list[tuple[str, int]]:
        with tenant_scope([self.tenant]):
            return list(Notification.objects.order_by("id").values_list("kind", "user_id"))

    def change(self, row: ExportRow, **fields: object) -> None:
        with tenant_scope([self.tenant]):
            Export.objects.filter(id=row.id).update(**fields)


@pytest.fixture
def office(fresh_database: FreshDatabase, set_env: SetEnv, tmp_path: Path) -> Office:
    """Committed, with a data folder of its own: files go when their change is."""
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    return Office()


def lines_of(given: bytes) -> list[list[str]]:
    lines = csv.reader(io.StringIO(given.decode("utf-8-sig")))
    return [[restore(cell) for cell in row] for row in lines]


def shown(path: Path) -> list[list[str]]:
    """The cells of a workbook as the CSV has them."""
    return [[_shown(cell) for cell in row] for row in cells_of(path)]


def cells_of(path: Path) -> Sequence[Sequence[object]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def _shown(cell: object) -> str:
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)


def test_every_kind_is_of_a_column() -> None:
    assert set(KINDS) <= set(CELLS)


def test_a_csv_is_the_direct_export_to_the_byte(office: Office) -> None:
    row = office.made(ExportFormat.CSV)
    assert office.fetch(row).read_bytes() == office.csv()
    assert (row.state, row.devices, row.written, row.has_file) == (ExportState.DONE, 3, 3, True)
    assert row.size == len(office.csv())


def test_a_workbook_has_the_same_rows_and_columns(office: Office) -> None:
    path = office.fetch(office.made())
    assert shown(path) == lines_of(office.csv())
    assert date in {type(cell) for row in cells_of(path) for cell in row}


def test_a_filter_holds_as_of_the_day_on_which_it_was_asked_for(office: Office) -> None:
    row = office.made(ExportFormat.CSV, "where=location%3Ais%3ALyon")
    assert (row.devices, row.query) == (2, "where=location%3Ais%3ALyon")
    assert len(lines_of(office.fetch(row).read_bytes())) == 3


def test_its_end_is_told_once_and_in_the_trail_once(office: Office) -> None:
    row = office.made()
    office.make(row)
    assert office.verbs() == ["device.exported"]
    assert office.told() == [("EXPORT_DONE", office.cast.reader.id)]
    with tenant_scope([office.tenant]):
        entry = Entry.objects.get()
    assert (entry.subject, entry.actor) == (f"export:{row.uid}", "reader@acme.example")
    assert (entry.details["devices"], entry.details["format"]) == (3, "xlsx")
    office.fetch(row)
    assert office.verbs() == ["device.exported", "export.fetched"]


def test_what_a_killed_worker_left_is_made_anew(office: Office) -> None:
    row = office.ask()
    left = kept_file(row.uid).begin()
    (left / "list.xlsx").write_bytes(b"half a workbook")
    made = office.make(row)
    assert shown(office.fetch(made)) == lines_of(office.csv())
    assert not left.exists()
    assert [path.name for path in kept_file(row.uid).folder.iterdir()] == ["file"]


def test_one_whose_worker_died_behind_the_file_is_made_anew(office: Office) -> None:
    """The file has its name, and the state says nothing of it yet."""
    row = office.ask(ExportFormat.CSV)
    kept = kept_file(row.uid)
    made = kept.begin() / "list.csv"
    made.write_bytes(b"older")
    kept.keep(made)
    assert office.fetch(office.make(row)).read_bytes() == office.csv()


def test_one_that_is_cancelled_before_its_turn_leaves_nothing(office: Office) -> None:
    row = office.ask()
    assert office.cancel(row).state is ExportState.CANCELLING
    assert office.cancel(row).state is ExportState.CANCELLING
    assert office.make(row).state is ExportState.CANCELLED
    assert (office.told(), kept_files()) == ([("EXPORT_CANCELLED", office.cast.reader.id)], {})
    with pytest.raises(ExportOver):
        office.cancel(row)
    with pytest.raises(ExportNotReady):
        office.fetch(row)


def test_one_that_is_cancelled_when_its_file_is_made_leaves_nothing(office: Office) -> None:
    row = office.ask(ExportFormat.CSV)
    with tenant_scope([office.tenant]):
        export = Export.objects.get(id=row.id)
    made = kept_file(row.uid).begin() / "list.csv"
    made.write_bytes(b"all of it")
    office.cancel(row)
    done(actor=office.actor, export=export, made=made, told={}, now=utc_now())
    assert (office.row(row).state, kept_files()) == (ExportState.CANCELLED, {})
    done(actor=office.actor, export=export, made=made, told={}, now=utc_now())
    cancelled(actor=office.actor, export=export, now=utc_now())
    assert len(office.told()) == 1


def test_cancelling_ends_the_work_in_hand(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    row = office.ask()
    write = making.DeviceListing.write

    def write_and_cancel(listing: DeviceListing, *given: object) -> int:
        number = write(listing, *given)  # type: ignore[arg-type]
        office.cancel(row)
        return number

    monkeypatch.setattr(making.DeviceListing, "write", write_and_cancel)
    assert office.make(row).state is ExportState.CANCELLED


def test_a_list_that_no_sheet_holds_is_told_plainly(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert making.most_devices() == 1_048_575
    monkeypatch.setattr(making, "most_devices", lambda: 2)
    row = office.made()
    assert row.state is ExportState.FAILED
    assert row.problem is not None
    assert (row.problem.code, row.problem.details) == ("export_too_long", {"devices": 3, "most": 2})
    assert (office.told(), kept_files()) == ([("EXPORT_FAILED", office.cast.reader.id)], {})
    assert office.made(ExportFormat.CSV).state is ExportState.DONE


def test_the_right_is_looked_at_when_the_work_is_done(office: Office) -> None:
    row = office.ask()
    Membership.objects.filter(user=office.cast.reader).delete()
    jobs.exports.make_export(tenant=office.tenant, export=row.id, clock=utc_now)
    with tenant_scope([office.tenant]):
        export = Export.objects.get()
    assert (export.state, export.problem["code"]) == ("FAILED", "export_right_lost")
    assert office.verbs() == []


def test_what_fails_for_good_says_so(office: Office) -> None:
    row = office.ask()
    break_export(tenant=office.tenant, export=row.id, now=utc_now())
    broken = office.row(row)
    assert broken.problem is not None
    assert (broken.state, broken.problem.code) == (ExportState.FAILED, "export_broken")
    break_export(tenant=office.tenant, export=row.id, now=utc_now())
    break_export(tenant=office.tenant, export=0, now=utc_now())
    jobs.exports.make_export(tenant=office.tenant, export=0, clock=utc_now)
    assert len(office.told()) == 1


def test_only_whoever_asked_finds_it(office: Office) -> None:
    row = office.made()
    others = (actor_of(office.cast.admin), actor_of(office.cast.outsider))
    for other in others:
        with pytest.raises(NotFound):
            office.fetch(row, other)
        with pytest.raises(NotFound):
            get_export(actor=other, tenant=office.tenant, uid=row.uid)
        with pytest.raises(NotFound):
            cancel_export(actor=other, tenant=office.tenant, uid=row.uid, now=utc_now())
    assert list_exports(actor=others[0], tenant=office.tenant).rows == []
    assert [r.uid for r in list_exports(actor=office.actor, tenant=office.tenant).rows] == [row.uid]


def test_somebody_without_the_right_gets_no_file(office: Office) -> None:
    row = office.made()
    stranger = replace(office.actor, roles={office.tenant: ""})
    with pytest.raises(Forbidden):
        office.fetch(row, stranger)


def test_another_tenant_finds_none_of_its_devices(office: Office) -> None:
    outsider = actor_of(office.cast.outsider)
    add_devices(office.cast.other.id, 1)
    row = start_export(
        actor=outsider,
        tenant=office.cast.other.id,
        format_=ExportFormat.CSV,
        query="",
        sheet=SHEET,
        day=DAY,
        now=utc_now(),
    )
    jobs.exports.make_export(tenant=office.cast.other.id, export=row.id, clock=utc_now)
    got = get_export(actor=outsider, tenant=office.cast.other.id, uid=row.uid)
    assert got.devices == 1


def test_a_selection_is_kept_until_it_is_written(office: Office) -> None:
    with tenant_scope([office.tenant]):
        uids = [UUID(str(d.uid)) for d in Device.objects.order_by("id")[:2]]
    now = utc_now()
    picked = select_picked(actor=office.actor, tenant=office.tenant, uids=uids, query="", now=now)
    row = office.ask(ExportFormat.CSV, f"selection={picked.uid}")
    later = now + timedelta(days=3)
    assert purge_selections(now=later) == 0
    assert office.make(row).devices == 2
    assert purge_selections(now=later) == 1
    with pytest.raises(SelectionGone):
        get_selection(actor=office.actor, tenant=office.tenant, uid=picked.uid)
    with pytest.raises(SelectionGone):
        office.ask(query=f"selection={picked.uid}")


def test_five_at_once_are_as_many_as_one_may_have(office: Office) -> None:
    first, *_others = (office.ask() for _ in range(MOST_OPEN))
    with pytest.raises(TooManyExports):
        office.ask()
    office.cancel(first)
    office.make(first)
    assert office.ask().state is ExportState.RUNNING


def under_way_after_two_at_once(office: Office) -> int:
    """Where there is place for one."""
    for _ in range(MOST_OPEN - 1):
        office.ask()
    with suppress(TooManyExports):
        at_once([office.tenant], office.ask, office.ask)
    rows = list_exports(actor=office.actor, tenant=office.tenant).rows
    return sum(row.state.is_open for row in rows)


def test_of_two_that_are_asked_for_at_once_one_has_the_last_place(office: Office) -> None:
    assert under_way_after_two_at_once(office) == MOST_OPEN


def test_control_without_turns_both_have_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "wait_turn", lambda lock, owner: None)
    assert under_way_after_two_at_once(office) == MOST_OPEN + 1


def test_the_oldest_files_of_ones_own_give_way_to_others(office: Office, set_env: SetEnv) -> None:
    set_env(FLEETWARD_EXPORTS__KEEP_FILES="5")
    first, second, *others = (office.made(ExportFormat.CSV) for _ in range(5))
    assert len(kept_files()) == 5
    for gone in (first, second):
        office.ask(ExportFormat.CSV)
        with pytest.raises(ExportGone):
            office.fetch(gone)
        assert office.row(gone).is_removed
    assert set(kept_files()) == {row.uid for row in others}
    assert remove_old_exports(now=utc_now()) == 0


def test_files_of_others_do_not_give_way(office: Office, set_env: SetEnv) -> None:
    set_env(FLEETWARD_EXPORTS__KEEP_FILES="5")
    theirs = [office.made(ExportFormat.CSV) for _ in range(5)]
    start_export(
        actor=actor_of(office.cast.admin),
        tenant=office.tenant,
        format_=ExportFormat.CSV,
        query="",
        sheet=SHEET,
        day=DAY,
        now=utc_now(),
    )
    assert set(kept_files()) == {row.uid for row in theirs}


def test_those_whose_worker_is_gone_are_queued_again(office: Office) -> None:
    row, now = office.ask(), utc_now()
    assert wake_exports(now=now) == 0
    assert wake_exports(now=now + timedelta(minutes=2)) == 1
    office.make(row)
    assert wake_exports(now=now + timedelta(minutes=2)) == 0


def test_files_are_kept_for_a_week_and_the_export_says_that_its_file_is_gone(
    office: Office,
) -> None:
    row = office.made()
    assert row.expires_at is not None
    assert row.finished_at is not None
    assert row.expires_at - row.finished_at == timedelta(days=7)
    assert remove_old_exports(now=row.expires_at - timedelta(minutes=1)) == 0
    assert office.fetch(row).exists()
    assert remove_old_exports(now=row.expires_at + timedelta(minutes=1)) == 1
    assert kept_files() == {}
    assert (office.row(row).is_removed, office.row(row).has_file) == (True, False)
    with pytest.raises(ExportGone):
        office.fetch(row)


def test_a_file_that_a_restored_backup_lacks_is_gone(office: Office) -> None:
    row = office.made()
    kept_file(row.uid).discard()
    with pytest.raises(ExportGone):
        office.fetch(row)


def test_a_restore_tells_which_files_are_gone_and_leaves_none_of_others(office: Office) -> None:
    there, lost, dropped, waiting = (office.made(), office.made(), office.made(), office.ask())
    kept_file(lost.uid).discard()
    office.change(dropped, state="FAILED")
    later = utc_now() + timedelta(minutes=1)
    assert [settle_restored(now=later) for _ in range(2)] == [1, 0]
    assert [office.row(row).is_removed for row in (there, lost, waiting)] == [False, True, False]
    assert set(kept_files()) == {there.uid}
    assert office.fetch(there).exists()
    with pytest.raises(ExportGone):
        office.fetch(lost)


def test_what_a_crash_has_left_goes_after_a_day(office: Office) -> None:
    made, dropped = office.made(), office.ask()
    kept_file(dropped.uid).begin()
    office.change(dropped, state="FAILED")
    (kept_file(made.uid).folder.parent / "not-one-of-our-names").mkdir()
    assert remove_old_exports(now=utc_now()) == 0
    assert remove_old_exports(now=utc_now() + timedelta(days=2)) == 1
    assert set(kept_files()) == {made.uid}
    assert not kept_file(dropped.uid).is_older_than(utc_now())


def test_the_clock_does_both(office: Office) -> None:
    office.made()
    jobs.wake_exports()
    jobs.remove_old_exports()
    assert len(kept_files()) == 1
