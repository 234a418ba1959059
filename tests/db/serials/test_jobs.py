"""Files of serials by the queue, as the worker reads them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from fleetward.devices import jobs
from fleetward.devices.imports.actions import remove_orphans
from fleetward.devices.imports.actions.queueing import reading_lock
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.actions import read_serials, wake_serials
from fleetward.devices.serial_lists.actions.queueing import MATCH, READ
from fleetward.devices.serial_lists.contracts import SerialState
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.models import Notification
from tests.db.serials.files import Desk
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv


@pytest.mark.usefixtures("fresh_database")
def test_by_the_queue_and_the_files_go_at_its_end(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    desk = Desk()
    (device,) = desk.add(1)
    uid = desk.upload([(desk.get_serial(device),)])
    assert folder_of(uid).path.exists()
    run_jobs()
    assert desk.found(uid).state is SerialState.READY
    assert not folder_of(uid).path.exists()
    jobs.wake_serials()
    jobs.remove_rows_of(tenant=desk.tenant)
    run_jobs()
    with tenant_scope([desk.tenant]):
        assert Notification.objects.count() == 1


@pytest.mark.usefixtures("db")
def test_a_file_stays_until_it_is_read_however_long_it_waits(
    set_env: SetEnv, tmp_path: Path
) -> None:
    set_env(FLEETWARD_DATA_DIR=str(tmp_path))
    desk = Desk()
    folder = folder_of(desk.upload([("ABC1234",)]))
    then = (utc_now() - timedelta(days=2)).timestamp()
    os.utime(folder.path, (then, then))
    assert remove_orphans(now=utc_now()) == 0
    assert folder.upload.exists()
    with tenant_scope([desk.tenant]):
        SerialList.objects.update(state=SerialState.READY)
    assert remove_orphans(now=utc_now()) == 1


def queued() -> list[tuple[str, str]]:
    """Jobs of serial lists, with the lock of each."""
    rows = sql.fetch_text(
        "SELECT task_name, lock FROM procrastinate_jobs"
        " WHERE strpos(task_name, 'serials') > 0 ORDER BY id",
        [],
    )
    return [(name, lock) for name, lock in rows]


def test_a_list_that_has_been_read_keeps_no_other_from_it(desk: Desk) -> None:
    uid = desk.upload([("ABC1234",)])
    number = desk.stored(uid).id
    reading = (READ, reading_lock(number))
    assert queued() == [reading]
    read_serials(tenant=desk.tenant, serials=number, clock=utc_now)
    assert queued() == [reading, (MATCH, f"serials:{uid}")]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert wake_serials(now=utc_now() + timedelta(minutes=2)) == 1
    assert queued() == [(MATCH, f"serials:{uid}")]
