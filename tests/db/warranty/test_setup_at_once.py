"""W11: what devices say of a service follows its set-up, whatever happens beside it. Committed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, transaction

from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions import services
from fleetward.warranty.models import Coverage
from tests.bulk import set_up
from tests.cast import add_devices, make_tenant
from tests.plugins.database import FreshDatabase
from tests.races import at_once, in_a_thread, wait_for, without_guard


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


def is_later_one_free() -> bool:
    """Whether `follow_setup`, while it waits for one device, has left a later one alone."""
    tenant = make_tenant().id
    set_up(tenant, "dell")
    earlier, later = add_devices(tenant, 2)
    with tenant_scope([tenant]):
        Coverage.objects.update(reason="NOT_CONFIGURED", unknown_reason="NOT_CONFIGURED")
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope([tenant]):
            locked = Coverage.objects.select_for_update(nowait=True)
            locked.get(device_id=earlier)
            other = pool.submit(in_a_thread, lambda: services.follow_setup(tenant=tenant))
            wait_for(other)
            assert not other.done()
            try:
                with transaction.atomic():
                    locked.get(device_id=later)
                is_free = True
            except OperationalError:
                is_free = False
        other.result()
    assert reasons(tenant) == ["NOT_CHECKED"] * 2
    return is_free


def test_a_change_of_set_up_holds_devices_in_the_order_in_which_answers_do(
    fresh_database: FreshDatabase,
) -> None:
    assert is_later_one_free()


def test_control_in_another_order_each_could_wait_for_the_other(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = "ORDER BY c.device_id"
    without_guard(monkeypatch, "recompute_setup", order, f"{order} DESC")
    assert not is_later_one_free()
