"""Files of serials by the queue, as the worker reads them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleetward.devices import jobs
from fleetward.devices.imports.store import folder_of
from fleetward.devices.serial_lists.contracts import SerialState
from fleetward.infra.tx import tenant_scope
from fleetward.notifications.models import Notification
from tests.db.serials.files import Desk
from tests.plugins.database import FreshDatabase


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
