"""The life of an import: idempotency, states, refused files, cancel, rights, isolation, ends."""

from __future__ import annotations

import gzip
import uuid
from datetime import timedelta

import pytest

from fleetward.audit.models import Entry
from fleetward.devices.imports import store
from fleetward.devices.imports.actions import (
    analyse_import,
    cancel_import,
    change_mapping,
    fail_import,
    run_import,
    start_import,
    wake_imports,
)
from fleetward.devices.imports.actions.storing import store_batch
from fleetward.devices.imports.contracts import (
    BadMapping,
    Counts,
    ImportNotReady,
    ImportState,
    Outcome,
)
from fleetward.devices.imports.queries import (
    find_run,
    get_import,
    get_outcome_file,
    list_imports,
    list_outcomes,
)
from fleetward.devices.models import ImportRun
from fleetward.infra.files import receiving
from fleetward.infra.files.errors import FileTooLarge
from fleetward.infra.files.limits import Limits
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, KeyReused, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from tests.cast import Cast, actor_of
from tests.db.imports.lists import (
    analysed,
    csv_of,
    discard_waiting,
    imported,
    outcomes,
    stored,
    uploaded,
    words,
    worker,
)

pytestmark = pytest.mark.django_db
LIST = csv_of([("ABC1234", "Dell", "", "PC-1"), ("none", "Dell", "", "PC-2")])


@pytest.fixture
def acme(cast: Cast) -> tuple[Actor, int]:
    return actor_of(cast.device_admin), cast.acme.id


def told(tenant: int) -> list[str]:
    with tenant_scope([tenant]):
        return list(Notification.objects.order_by("id").values_list("kind", flat=True))


def test_the_same_key_and_list_is_the_first_import(acme: tuple[Actor, int]) -> None:
    first = uploaded(*acme, LIST, request_key="k1")
    assert uploaded(*acme, LIST, request_key="k1") == first
    assert [f.name for f in store.folder_of(first).path.parent.iterdir()].count(str(first)) == 1
    assert len(list_imports(actor=acme[0], tenant=acme[1]).rows) == 1


def test_the_same_key_with_another_list_is_refused(acme: tuple[Actor, int]) -> None:
    uploaded(*acme, LIST, request_key="k1")
    with pytest.raises(KeyReused):
        uploaded(*acme, LIST + b"x", request_key="k1")
    with pytest.raises(KeyReused):
        uploaded(*acme, LIST, request_key="k1", default_manufacturer="HP")


def test_a_key_belongs_to_its_tenant(cast: Cast) -> None:
    ours = uploaded(actor_of(cast.device_admin), cast.acme.id, LIST, request_key="k1")
    assert uploaded(actor_of(cast.outsider), cast.other.id, LIST, request_key="k1") != ours


def test_an_import_of_another_tenant_does_not_exist(cast: Cast) -> None:
    theirs = imported(actor_of(cast.outsider), cast.other.id, LIST).summary.uid
    us = {"actor": actor_of(cast.device_admin), "tenant": cast.acme.id}
    for uid in (theirs, uuid.uuid4()):
        with pytest.raises(NotFound):
            get_import(**us, uid=uid)
        with pytest.raises(NotFound):
            list_outcomes(**us, uid=uid)
        with pytest.raises(NotFound):
            get_outcome_file(**us, uid=uid)
        with pytest.raises(NotFound):
            start_import(**us, uid=uid, now=utc_now())
        with pytest.raises(NotFound):
            cancel_import(**us, uid=uid, now=utc_now())
    assert not list_imports(**us).rows


def test_a_reader_may_not_import(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        uploaded(actor_of(cast.reader), cast.acme.id, LIST)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 nothing", "file_kind_unknown"),
        (b'Serial,Make\n"ABC1234,Dell\nXYZ,HP\n', "file_unclosed_quote"),
        (b"Serial,Serial\nA,B\n", "file_duplicate_header"),
        (b"Serial\n", "file_empty"),
        (gzip.compress(b"Serial,Make\n" + b"0" * 3_000_000), "file_unpacks_too_large"),
    ],
)
def test_nothing_is_kept_of_a_refused_file(
    acme: tuple[Actor, int], data: bytes, code: str, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        found = analysed(*acme, data)
    assert found.summary.state is ImportState.REFUSED
    assert found.problem
    assert found.problem.code == code
    assert not store.folder_of(found.summary.uid).path.exists()
    assert not stored(acme[1])


def test_an_upload_stops_where_it_grows_too_large(
    acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "DEFAULT_LIMITS", Limits(plain_bytes=100, packed_bytes=50))
    with pytest.raises(FileTooLarge):
        uploaded(*acme, b"x" * 101)
    with pytest.raises(FileTooLarge):
        uploaded(*acme, b"\x1f\x8b" + b"x" * 51)
    assert not list_imports(actor=acme[0], tenant=acme[1]).rows


def test_files_of_imports_are_for_us_alone(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST)
    folder = store.folder_of(found.summary.uid).path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_list_without_known_columns_waits_for_a_person(acme: tuple[Actor, int]) -> None:
    data = csv_of([("ABC1234", "Dell")], ["Nummer", "Firma"])
    found = analysed(*acme, data)
    assert found.report.missing == ("serial", "manufacturer")
    assert [(c.header, c.field, c.samples) for c in found.report.columns] == [
        ("Nummer", "", ("ABC1234",)),
        ("Firma", "", ("Dell",)),
    ]
    assert not found.may_start
    assert told(acme[1]) == ["IMPORT_READY"]
    change_mapping(
        actor=acme[0],
        tenant=acme[1],
        uid=found.summary.uid,
        mapping={"serial": "Nummer"},
        default_manufacturer="Dell",
        now=utc_now(),
    )
    analyse_import(tenant=acme[1], run=found.summary.id, clock=utc_now)
    again = get_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid)
    assert again.may_start
    assert again.report.expected == Counts(new=1)
    assert told(acme[1]) == ["IMPORT_READY"]


@pytest.mark.parametrize("mapping", [{"serial": "Nope"}, {"colour": "Country"}])
def test_a_mapping_names_what_exists(acme: tuple[Actor, int], mapping: dict[str, str]) -> None:
    found = analysed(*acme, LIST)
    with pytest.raises(BadMapping):
        change_mapping(
            actor=acme[0],
            tenant=acme[1],
            uid=found.summary.uid,
            mapping=mapping,
            default_manufacturer="",
            now=utc_now(),
        )


def test_started_twice_it_runs_once(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST)
    for _ in range(2):
        start_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid, now=utc_now())
        run_import(tenant=acme[1], run=found.summary.id, clock=utc_now)
    ended = get_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid)
    assert ended.summary.counts == Counts(new=1, refused=1)
    with tenant_scope([acme[1]]):
        assert told(acme[1]) == ["IMPORT_READY", "IMPORT_DONE"]
        verbs = list(
            Entry.objects.order_by("id").filter(tenant_id=acme[1]).values_list("verb", flat=True)
        )
    assert verbs == ["import.uploaded", "import.started", "import.finished"]


def test_what_a_killed_worker_left_of_the_work_goes_with_the_next_try(
    acme: tuple[Actor, int],
) -> None:
    """What is done after the commit of the end is not done in these tests."""
    ended, waiting = imported(*acme, LIST).summary, analysed(*acme, LIST).summary
    for one in (ended, waiting):
        assert store.folder_of(one.uid).upload.exists()
        run_import(tenant=acme[1], run=one.id, clock=utc_now)
    left = [path.name for path in store.folder_of(ended.uid).path.iterdir()]
    assert left == ["rows.csv"]
    assert store.folder_of(waiting.uid).upload.exists()


def test_the_trail_keeps_the_digest_of_the_outcomes(acme: tuple[Actor, int]) -> None:
    found = imported(*acme, LIST)
    with tenant_scope([acme[1]]):
        entry = Entry.objects.get(verb="import.finished")
    assert entry.details["outcomes_sha256"] == found.outcome_digest != ""
    assert (entry.details["new"], entry.details["refused"]) == (1, 1)


def test_cancelled_before_the_start_nothing_is_left(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST)
    uid = found.summary.uid
    for _ in range(2):
        cancel_import(actor=acme[0], tenant=acme[1], uid=uid, now=utc_now())
    with pytest.raises(ImportNotReady):
        start_import(actor=acme[0], tenant=acme[1], uid=uid, now=utc_now())
    assert not stored(acme[1])


def test_cancelled_on_the_way_the_rows_so_far_stay_and_the_others_are_skipped(
    acme: tuple[Actor, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fleetward.devices.imports.actions.child.batch_rows", lambda: 2)
    # One transaction around the test: another connection would see nothing of it.
    monkeypatch.setattr("fleetward.devices.imports.actions.lanes.lane_count", lambda: 1)
    rows = [(f"SN0000{n}", "Lenovo") for n in range(5)]
    found = analysed(*acme, csv_of([*rows, ("none", "Dell")]), starts_itself=True)
    run = find_run(tenant=acme[1], run=found.summary.id)
    assert run
    store_batch(actor=worker(acme[1]), run=run, number=0, now=utc_now())
    cancel_import(actor=acme[0], tenant=acme[1], uid=run.uid, now=utc_now())
    run_import(tenant=acme[1], run=run.id, clock=utc_now)
    ended = get_import(actor=acme[0], tenant=acme[1], uid=run.uid)
    assert ended.summary.state is ImportState.CANCELLED
    assert words(*acme, ended) == ["NEW", "NEW", "SKIPPED", "SKIPPED", "SKIPPED", "JUNK_SERIAL"]
    assert ended.summary.counts == Counts(new=2, refused=1, skipped=3)
    assert len(stored(acme[1])) == 2


def test_a_right_that_was_lost_ends_the_import(cast: Cast, acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST, starts_itself=True)
    Membership.objects.filter(user=cast.device_admin).update(role="REPORT_ADMIN")
    run_import(tenant=acme[1], run=found.summary.id, clock=utc_now)
    ended = get_import(actor=worker(acme[1]), tenant=acme[1], uid=found.summary.uid)
    assert ended.summary.state is ImportState.FAILED
    assert ended.problem
    assert ended.problem.code == "import_right_lost"
    assert not stored(acme[1])
    assert ended.summary.counts == Counts(refused=1, skipped=1)


def test_an_import_that_cannot_go_on_closes_every_row(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST, starts_itself=True)
    for _ in range(2):
        fail_import(tenant=acme[1], run=found.summary.id, now=utc_now())
    ended = get_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid)
    assert ended.summary.counts == Counts(refused=1, skipped=1)
    assert told(acme[1]) == ["IMPORT_FAILED"]


def test_an_import_without_heartbeat_gets_a_worker_again(acme: tuple[Actor, int]) -> None:
    uploaded(*acme, LIST)
    assert wake_imports(now=utc_now()) == 0
    assert wake_imports(now=utc_now() + timedelta(seconds=61)) == 1


def test_what_waits_a_day_is_discarded(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST)
    assert discard_waiting(utc_now()) == 0
    assert discard_waiting(utc_now() + timedelta(days=2)) == 1
    assert discard_waiting(utc_now() + timedelta(days=2)) == 0
    with tenant_scope([acme[1]]):
        assert ImportRun.objects.get(id=found.summary.id).state == ImportState.CANCELLED
        notification = Notification.objects.latest("id")
    assert told(acme[1]) == ["IMPORT_READY", "IMPORT_DISCARDED"]
    assert notification.params["file"] == "list.csv"
    assert notification.link.endswith(f"/imports/{found.summary.uid}/")


def test_whoever_cancels_a_waiting_list_needs_no_telling(acme: tuple[Actor, int]) -> None:
    found = analysed(*acme, LIST)
    cancel_import(actor=acme[0], tenant=acme[1], uid=found.summary.uid, now=utc_now())
    assert told(acme[1]) == ["IMPORT_READY"]


def test_a_list_of_the_command_line_waits_for_nobody_and_its_end_is_told_to_admins(
    cast: Cast,
) -> None:
    analysed(worker(cast.acme.id), cast.acme.id, LIST)
    assert told(cast.acme.id) == []
    discard_waiting(utc_now() + timedelta(days=2))
    assert told(cast.acme.id) == ["IMPORT_DISCARDED"] * 2


def test_the_summary_has_every_row_and_is_the_same_each_time(acme: tuple[Actor, int]) -> None:
    found = imported(*acme, LIST)

    def lines() -> list[tuple[int, str, list[str]]]:
        file = get_outcome_file(actor=acme[0], tenant=acme[1], uid=found.summary.uid)
        return [(row.row_no, row.outcome, list(cells)) for row, cells in file.lines]

    assert lines() == [
        (2, "NEW", ["ABC1234", "Dell", "", "PC-1", ""]),
        (3, "REFUSED", ["none", "Dell", "", "PC-2", ""]),
    ]
    assert lines() == lines()


def test_refused_rows_can_be_corrected_and_sent_again(acme: tuple[Actor, int]) -> None:
    found = imported(*acme, LIST)
    file = get_outcome_file(
        actor=acme[0], tenant=acme[1], uid=found.summary.uid, only=Outcome.REFUSED
    )
    rows = [[*cells, row.refusal] for row, cells in file.lines]
    rows[0][0] = "XYZ1234"
    again = imported(*acme, csv_of(rows, [*file.headers, "Refused because"]))
    assert again.summary.counts == Counts(new=1)
    assert again.report.columns[-1].is_ours
    ours = get_outcome_file(actor=acme[0], tenant=acme[1], uid=again.summary.uid)
    assert list(ours.headers) == list(file.headers)


def test_outcomes_come_in_pages(acme: tuple[Actor, int]) -> None:
    found = imported(*acme, csv_of([(f"SN0000{n}", "Lenovo") for n in range(5)]))
    us = {"actor": acme[0], "tenant": acme[1], "uid": found.summary.uid}
    first = list_outcomes(**us, limit=3)
    second = list_outcomes(**us, limit=3, cursor=first.after)
    numbers = [row.row_no for row in (*first.rows, *second.rows)]
    assert (numbers, second.after) == ([2, 3, 4, 5, 6], None)
    assert all(row.device_uid for row in first.rows)
    assert outcomes(*acme, found).keys() == set(numbers)
