"""What stands in the way of an import: rights, files and rows that are gone, and two at once."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import DataError, IntegrityError, connection

from fleetward.devices.imports import store
from fleetward.devices.imports.actions import (
    analyse_import,
    cancel_import,
    change_mapping,
    fail_import,
    run_import,
    start_import,
)
from fleetward.devices.imports.contracts import ColumnsMissing, ImportNotReady, ImportState
from fleetward.devices.imports.queries import find_run_id, get_import
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import Membership
from tests.cast import Cast, actor_of, make_cast
from tests.db.imports.lists import analysed, at_look, csv_of, imported, stored, uploaded, worker
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv

LIST = csv_of([("ABC1234", "Dell", "", "PC-1")])


@pytest.fixture
def acme(cast: Cast) -> tuple[Actor, int]:
    return actor_of(cast.device_admin), cast.acme.id


def folders() -> set[str]:
    parent = store.folder_of(uuid.uuid4()).path.parent
    return {entry.name for entry in parent.iterdir()} if parent.exists() else set()


def state(acme: tuple[Actor, int], uid: uuid.UUID) -> ImportState:
    return get_import(actor=worker(acme[1]), tenant=acme[1], uid=uid).summary.state


def test_a_right_that_was_lost_before_the_analysis_refuses_the_list(
    cast: Cast, acme: tuple[Actor, int]
) -> None:
    uid = uploaded(*acme, LIST)
    run = find_run_id(actor=acme[0], tenant=acme[1], uid=uid)
    Membership.objects.filter(user=cast.device_admin).update(role="REPORT_ADMIN")
    analyse_import(tenant=acme[1], run=run, clock=utc_now, is_queued=False)
    found = get_import(actor=worker(acme[1]), tenant=acme[1], uid=uid)
    assert found.summary.state is ImportState.REFUSED
    assert found.problem
    assert found.problem.code == "import_right_lost"


def cancel(acme: tuple[Actor, int], uid: uuid.UUID) -> None:
    cancel_import(actor=acme[0], tenant=acme[1], uid=uid, now=utc_now())


def test_a_list_that_is_cancelled_when_it_has_been_read_is_not_started(
    acme: tuple[Actor, int],
) -> None:
    uid = uploaded(*acme, LIST, starts_itself=True)
    run = find_run_id(actor=acme[0], tenant=acme[1], uid=uid)
    meanwhile = at_look({2: lambda: cancel(acme, uid)})
    analyse_import(tenant=acme[1], run=run, clock=meanwhile)
    assert state(acme, uid) is ImportState.CANCELLED
    assert not stored(acme[1])


def test_a_list_that_is_discarded_while_it_is_read_needs_no_answer(
    acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled during its first batch, and its files are gone before the second."""
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 1)
    uid = uploaded(*acme, csv_of([("ABC1234", "Dell"), ("XYZ1234", "Dell")]))
    run = find_run_id(actor=acme[0], tenant=acme[1], uid=uid)
    meanwhile = {2: lambda: cancel(acme, uid), 3: store.folder_of(uid).discard}
    analyse_import(tenant=acme[1], run=run, clock=at_look(meanwhile))
    assert state(acme, uid) is ImportState.CANCELLED


def test_a_list_whose_file_is_lost_is_told_at_the_last_try(acme: tuple[Actor, int]) -> None:
    uid = uploaded(*acme, LIST)
    run = find_run_id(actor=acme[0], tenant=acme[1], uid=uid)
    lost = at_look({2: store.folder_of(uid).discard})
    with pytest.raises(FileNotFoundError):
        analyse_import(tenant=acme[1], run=run, clock=lost)
    assert state(acme, uid) is ImportState.ANALYSING
    fail_import(tenant=acme[1], run=run, now=utc_now())
    assert state(acme, uid) is ImportState.REFUSED


def test_a_list_without_its_columns_is_not_started(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, csv_of([("ABC1234", "Dell")], ["Nummer", "Firma"]))
    with pytest.raises(ColumnsMissing):
        start_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid, now=utc_now())
    assert state(acme, found.summary.uid) is ImportState.READY


def test_columns_are_matched_only_while_the_import_waits_for_it(acme: tuple[Actor, int]) -> None:
    done = imported(*acme, LIST).summary
    given = {"actor": acme[0], "tenant": acme[1], "uid": done.uid, "now": utc_now()}
    with pytest.raises(ImportNotReady):
        change_mapping(**given, mapping={}, default_manufacturer="")  # type: ignore[arg-type]
    with pytest.raises(ImportNotReady):
        cancel_import(**given)  # type: ignore[arg-type]


def test_jobs_of_an_import_that_is_gone_or_ready_do_nothing(acme: tuple[Actor, int]) -> None:
    run_import(tenant=acme[1], run=0, clock=utc_now)
    fail_import(tenant=acme[1], run=0, now=utc_now())
    ready = analysed(*acme, LIST).summary
    run_import(tenant=acme[1], run=ready.id, clock=utc_now)
    assert state(acme, ready.uid) is ImportState.READY


@pytest.mark.parametrize(
    ("upload", "error"),
    [({"origin": "NOWHERE"}, IntegrityError), ({"default_manufacturer": "x" * 81}, DataError)],
)
def test_what_the_database_refuses_is_no_import_of_the_same_key(
    acme: tuple[Actor, int], upload: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        uploaded(*acme, LIST, request_key="one", **upload)
    assert uploaded(*acme, LIST, request_key="one")


def test_two_equal_uploads_at_once_are_one_import(fresh_database: FreshDatabase) -> None:
    """The second waits for the first at the key, and then is the first's."""
    cast = make_cast()
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    is_stored, may_commit = Event(), Event()

    def first() -> uuid.UUID:
        try:
            with tenant_scope([tenant]):
                uid = uploaded(actor, tenant, LIST, request_key="one")
                is_stored.set()
                assert may_commit.wait(30)
            return uid
        finally:
            connection.close()

    def second() -> uuid.UUID:
        try:
            return uploaded(actor, tenant, LIST, request_key="one")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(first)
        assert is_stored.wait(30)
        other = threads.submit(second)
        while not waiting():
            assert not other.done(), other.result()
            time.sleep(0.01)
        may_commit.set()
        assert one.result() == other.result()
    assert str(one.result()) in folders()


def waiting() -> bool:
    """Whether somebody in this database waits for a lock."""
    found = sql.fetch_text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'",
        [],
    )
    return bool(found[0][0])


def test_several_lanes_store_a_list_once(fresh_database: FreshDatabase, set_env: SetEnv) -> None:
    set_env(FLEETWARD_IMPORTS__BATCH_ROWS="100")
    cast = make_cast()
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    rows = [(f"SN{n:06d}", "Lenovo") for n in range(450)]
    found = analysed(actor, tenant, csv_of(rows), starts_itself=True)
    told: list[int] = []
    run_import(tenant=tenant, run=found.summary.id, clock=utc_now, told=told.append)
    ended = get_import(actor=actor, tenant=tenant, uid=found.summary.uid).summary
    assert (ended.state, ended.counts.new, sorted(told)) == (
        ImportState.DONE,
        450,
        [50, 100, 100, 100, 100],
    )
