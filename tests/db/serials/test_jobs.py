"""Files of serials by the queue, as the worker reads them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fleetward.devices import jobs
from fleetward.devices.imports.actions import remove_orphans
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import SerialList
from fleetward.devices.serial_lists.contracts import SerialState
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
