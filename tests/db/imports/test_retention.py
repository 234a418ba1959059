"""What is kept of imports and how long: rows of old lists, folders of nobody, lists that wait."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError

from fleetward.audit.models import Entry
from fleetward.devices import jobs
from fleetward.devices.imports import store
from fleetward.devices.imports.actions import housekeeping, remove_old_rows, remove_orphans
from fleetward.devices.imports.contracts import ImportState, Outcome, RowsRemoved
from fleetward.devices.imports.queries import get_import, get_outcome_file
from fleetward.devices.models import ImportRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from tests.cast import make_tenant
from tests.db.imports.lists import analysed, csv_of, discard_waiting, imported, uploaded, worker
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv

LIST = csv_of([("ABC1234", "Dell", "", "PC-1"), ("none", "Dell", "", "PC-2")])
A_MONTH = timedelta(days=31)
TWO_DAYS = timedelta(days=2)


@pytest.fixture
def own_folder(set_env: SetEnv, tmp_path: Path) -> None:
    """A data directory without the files of other tests."""
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))


@pytest.fixture
def acme(fresh_database: FreshDatabase, own_folder: None) -> tuple[Actor, int]:
    """Committed: files go when their change is."""
    tenant = make_tenant("Acme").id
    return worker(tenant), tenant


def lines(acme: tuple[Actor, int], uid: uuid.UUID) -> list[tuple[int, str, list[str]]]:
    file = get_outcome_file(actor=acme[0], tenant=acme[1], uid=uid)
    return [(row.row_no, row.outcome, list(cells)) for row, cells in file.lines]


def folders() -> set[uuid.UUID]:
    return set(store.folders())


def age(uid: uuid.UUID, days: int = 2) -> None:
    then = (utc_now() - timedelta(days=days)).timestamp()
    os.utime(store.folder_of(uid).path, (then, then))


def test_rows_of_a_list_go_after_a_month_and_their_outcomes_stay(acme: tuple[Actor, int]) -> None:
    uid = imported(*acme, LIST).summary.uid
    assert remove_old_rows(tenant=acme[1], now=utc_now()) == 0
    assert lines(acme, uid)[0] == (2, "NEW", ["ABC1234", "Dell", "", "PC-1", ""])
    later = utc_now() + A_MONTH
    assert [remove_old_rows(tenant=acme[1], now=later) for _ in range(2)] == [1, 0]
    assert uid not in folders()
    assert lines(acme, uid) == [(2, "NEW", []), (3, "REFUSED", [])]
    assert get_import(actor=acme[0], tenant=acme[1], uid=uid).summary.rows_removed_at == later
    with tenant_scope([acme[1]]):
        assert Entry.objects.get(verb="import.rows_removed").details["imports"] == 1


def test_lists_of_which_nothing_was_kept_are_not_counted(acme: tuple[Actor, int]) -> None:
    refused = analysed(*acme, b"%PDF-1.7 nothing").summary
    assert refused.state is ImportState.REFUSED
    later = utc_now() + A_MONTH
    assert remove_old_rows(tenant=acme[1], now=later) == 0
    with tenant_scope([acme[1]]):
        assert not Entry.objects.filter(verb="import.rows_removed").exists()
    imported(*acme, LIST)
    assert remove_old_rows(tenant=acme[1], now=later) == 1


def test_there_is_nothing_to_correct_any_more_and_that_is_said(acme: tuple[Actor, int]) -> None:
    uid = imported(*acme, LIST).summary.uid
    later = utc_now() + A_MONTH
    remove_old_rows(tenant=acme[1], now=later)
    with pytest.raises(RowsRemoved) as refused:
        get_outcome_file(actor=acme[0], tenant=acme[1], uid=uid, only=Outcome.REFUSED)
    assert refused.value.removed_on == later.date()


def test_an_import_that_has_not_ended_keeps_its_files(acme: tuple[Actor, int]) -> None:
    uid = analysed(*acme, LIST).summary.uid
    age(uid)
    assert remove_old_rows(tenant=acme[1], now=utc_now() + A_MONTH) == 0
    assert remove_orphans(now=utc_now()) == 0
    assert uid in folders()


def test_a_download_that_has_begun_when_rows_are_removed_ends_whole(
    acme: tuple[Actor, int],
) -> None:
    uid = imported(*acme, LIST).summary.uid
    file = get_outcome_file(actor=acme[0], tenant=acme[1], uid=uid)
    first = next(file.lines)
    remove_old_rows(tenant=acme[1], now=utc_now() + A_MONTH)
    rest = list(file.lines)
    assert [list(cells)[:1] for _, cells in (first, *rest)] == [["ABC1234"], ["none"]]


def test_a_download_that_is_about_to_begin_when_rows_are_removed_has_their_outcomes(
    acme: tuple[Actor, int],
) -> None:
    uid = imported(*acme, LIST).summary.uid
    file = get_outcome_file(actor=acme[0], tenant=acme[1], uid=uid)
    remove_old_rows(tenant=acme[1], now=utc_now() + A_MONTH)
    assert [(row.outcome, cells) for row, cells in file.lines] == [("NEW", ()), ("REFUSED", ())]


def test_folders_of_nobody_go_when_they_are_a_day_old(acme: tuple[Actor, int]) -> None:
    old, new, ours = uuid.uuid4(), uuid.uuid4(), imported(*acme, LIST).summary.uid
    for uid in (old, new):
        store.folder_of(uid).path.mkdir()
    for uid in (old, ours):
        age(uid)
    foreign = store.folder_of(old).path.parent / "not-one-of-our-own"
    foreign.mkdir()
    assert [remove_orphans(now=utc_now()) for _ in range(2)] == [1, 0]
    assert folders() == {new, ours}
    assert foreign.exists()


def test_what_a_crash_left_of_removed_rows_goes_like_an_orphan(acme: tuple[Actor, int]) -> None:
    uid = imported(*acme, LIST).summary.uid
    with tenant_scope([acme[1]]):
        ImportRun.objects.update(rows_removed_at=utc_now())
    age(uid)
    assert remove_orphans(now=utc_now()) == 1
    assert uid not in folders()


def test_a_folder_that_is_gone_is_no_orphan() -> None:
    assert not store.folder_of(uuid.uuid4()).is_older_than(utc_now() + A_MONTH)


def test_an_upload_that_cannot_be_registered_leaves_nothing(acme: tuple[Actor, int]) -> None:
    before = folders()
    with pytest.raises(IntegrityError):
        uploaded(*acme, LIST, origin="PIGEON")
    assert folders() == before


def failing_for(tenant: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discarding fails in one tenant, for a reason of its own."""
    tell = housekeeping.tell_discarded

    def tell_others(run: ImportRun, now: datetime) -> None:
        if run.tenant_id == tenant:
            raise RuntimeError
        tell(run, now)

    monkeypatch.setattr(housekeeping, "tell_discarded", tell_others)


@pytest.fixture
def waiting(acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two tenants with a list that nobody has started for two days; the first one's fails."""
    tenants = [acme[1], make_tenant("Globex").id]
    for tenant in tenants:
        analysed(worker(tenant), tenant, LIST)
    with tenant_scope(tenants):
        ImportRun.objects.update(created_at=utc_now() - TWO_DAYS)
    failing_for(tenants[0], monkeypatch)
    return tenants


def states(tenants: list[int]) -> list[str]:
    with tenant_scope(tenants):
        return list(ImportRun.objects.order_by("id").values_list("state", flat=True))


def test_a_tenant_whose_list_cannot_be_discarded_stops_no_other(
    waiting: list[int], run_jobs: Callable[[], None]
) -> None:
    jobs.discard_stale_imports()
    run_jobs()
    assert states(waiting) == [ImportState.READY, ImportState.CANCELLED]


def test_control_one_after_another_the_first_failure_stops_all(waiting: list[int]) -> None:
    with pytest.raises(RuntimeError):
        discard_waiting(utc_now())
    assert states(waiting) == [ImportState.READY, ImportState.READY]


def test_the_clock_removes_the_rows_of_every_tenant_and_the_folders_of_nobody(
    acme: tuple[Actor, int], run_jobs: Callable[[], None]
) -> None:
    tenants = [acme[1], make_tenant("Globex").id]
    lists = [imported(worker(tenant), tenant, LIST).summary.uid for tenant in tenants]
    with tenant_scope(tenants):
        ImportRun.objects.update(finished_at=utc_now() - A_MONTH)
    orphan = uuid.uuid4()
    store.folder_of(orphan).path.mkdir()
    age(orphan)
    jobs.remove_old_rows()
    jobs.remove_orphans()
    for _ in range(2):
        run_jobs()
    assert not folders() & {*lists, orphan}
