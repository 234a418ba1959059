"""Imports by the queue, as the worker runs them; each job may run twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleetward.devices.imports.actions import start_import, upload_list
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE
from fleetward.devices.imports.contracts import Counts, ImportState, Upload
from fleetward.devices.imports.queries import get_import
from fleetward.infra.files.xlsx_writer import write_xlsx
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from tests.cast import actor_of, make_cast
from tests.db.imports.lists import HEADERS, csv_of
from tests.plugins.database import FreshDatabase


@pytest.mark.usefixtures("fresh_database")
def test_a_workbook_goes_through_the_queue_and_a_second_time_nothing_happens(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None], tmp_path: Path
) -> None:
    cast = make_cast()
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    file = tmp_path / "list.xlsx"
    write_xlsx(file, HEADERS, [("ABC1234", "Dell", "", "PC-1", "FR"), ("none", "Dell")])
    uid = upload_list(
        actor=actor,
        tenant=tenant,
        upload=Upload("list.xlsx"),
        chunks=[file.read_bytes()],
        now=utc_now(),
    ).uid
    run_jobs()
    found = get_import(actor=actor, tenant=tenant, uid=uid)
    assert found.summary.state is ImportState.READY
    assert (found.report.kind, found.report.expected) == ("XLSX", Counts(new=1, refused=1))
    start_import(actor=actor, tenant=tenant, uid=uid, now=utc_now())
    run_jobs()
    with tenant_scope([tenant]):
        for job in (ANALYSE, STORE):
            enqueue(job, tenant=tenant, run=found.summary.id)
    run_jobs()
    ended = get_import(actor=actor, tenant=tenant, uid=uid)
    assert ended.summary.state is ImportState.DONE
    assert ended.summary.counts == Counts(new=1, refused=1)
    with tenant_scope([tenant]):
        told = Notification.objects.order_by("id").values_list("kind", "user_id")
        assert list(told) == [(kind, actor.user_id) for kind in ("IMPORT_READY", "IMPORT_DONE")]


def test_a_list_that_asks_nobody_is_stored_by_the_job_after_its_analysis(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    cast = make_cast()
    actor, tenant = actor_of(cast.device_admin), cast.acme.id
    uid = upload_list(
        actor=actor,
        tenant=tenant,
        upload=Upload("list.csv", starts_itself=True),
        chunks=[csv_of([("ABC1234", "Dell")])],
        now=utc_now(),
    ).uid
    run_jobs()
    ended = get_import(actor=actor, tenant=tenant, uid=uid).summary
    assert (ended.state, ended.counts) == (ImportState.DONE, Counts(new=1))
