"""W11: what devices say of a service follows its set-up, whatever happens beside it. Committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions import services
from fleetward.warranty.models import Coverage
from tests.bulk import set_up
from tests.cast import add_devices, make_tenant
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def reasons(tenant: int) -> list[str]:
    with tenant_scope([tenant]):
        return list(Coverage.objects.order_by("device_id").values_list("reason", flat=True))


def set_up_while_a_job_of_before_runs(run_jobs: Callable[[], None]) -> list[str]:
    tenant = make_tenant().id
    add_devices(tenant, 2)
    services.follow_setup_later(tenant)
    at_once([tenant], lambda: set_up(tenant, "dell"), run_jobs)
    run_jobs()
    return reasons(tenant)


def test_w11_a_change_is_followed_although_an_earlier_job_waits(
    fresh_database: FreshDatabase, run_jobs: Callable[[], None]
) -> None:
    assert set_up_while_a_job_of_before_runs(run_jobs) == ["NOT_CHECKED"] * 2


def test_control_under_a_key_the_job_of_before_is_all_that_runs(
    fresh_database: FreshDatabase,
    run_jobs: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def under_a_key(name: str, **ids: Any) -> bool:
        return enqueue(name, key=name, **ids)

    monkeypatch.setattr(services, "enqueue", under_a_key)
    assert set_up_while_a_job_of_before_runs(run_jobs) == ["NOT_CONFIGURED"] * 2
