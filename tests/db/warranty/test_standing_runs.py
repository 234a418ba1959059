"""Runs that stand still get their jobs again, and jobs that come too late do nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.models import Membership
from fleetward.warranty.actions.running import open_runs, plan_run, run_lane, watch_run
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.actions.services import remove_external_service
from fleetward.warranty.contracts import Reason, RunState
from fleetward.warranty.models import Batch
from tests.bulk import begin, outcomes_of, row_of, set_up
from tests.cast import Cast, actor_of, add_devices

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def lose_jobs() -> None:
    """As when the queue was restored from a backup."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def jobs() -> list[str]:
    rows = sql.fetch_text("SELECT task_name FROM procrastinate_jobs ORDER BY id", [])
    return [name for (name,) in rows]


def watch(now: datetime) -> None:
    for tenant, run_id in open_runs(now=now):
        watch_run(tenant=tenant, run_id=run_id, now=now)


def test_a_run_that_was_never_planned_is_planned_again(cast: Cast) -> None:
    start_run(actor=actor_of(cast.admin), tenant=cast.acme.id, now=utc_now())
    lose_jobs()
    watch(utc_now())
    assert jobs() == []
    watch(utc_now() + LATER)
    assert jobs() == ["warranty.plan_run"]


def test_a_run_whose_lanes_have_vanished_gets_them_again(cast: Cast) -> None:
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 2)
    begin(actor, cast.acme.id)
    lose_jobs()
    watch(utc_now() + LATER)
    assert jobs() == ["warranty.run_lane"]


def test_every_vendor_gets_its_first_lane_before_any_gets_a_second(cast: Cast) -> None:
    """Fewer threads than lanes still ask all vendors at once."""
    actor = set_up(cast.acme.id, "cisco", "dell")
    for vendor, devices in {"Cisco": 76, "Dell": 101}.items():
        add_devices(cast.acme.id, devices, vendor)
    begin(actor, cast.acme.id)
    lanes = sql.fetch_text(
        "SELECT args->>'provider' FROM procrastinate_jobs"
        " WHERE task_name = 'warranty.run_lane' ORDER BY id",
        [],
    )
    assert [provider for (provider,) in lanes] == ["cisco", "dell", "cisco", "dell"]


def test_a_service_that_was_removed_ends_its_part_of_a_run(cast: Cast) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 2)
    run = begin(actor, cast.acme.id)
    remove_external_service(actor=actor, tenant=cast.acme.id, provider="dell", now=utc_now())
    run_lane(run_id=run.id, tenant=cast.acme.id, provider="dell", lane=0, now=utc_now())
    assert row_of(cast.acme.id, run.id).state is RunState.DONE_WITH_PROBLEMS
    expected = dict.fromkeys(devices, Reason.NOT_CONFIGURED)
    assert outcomes_of(cast.acme.id, run.id) == expected


@pytest.mark.parametrize("is_planned", [False, True])
def test_whoever_lost_the_right_has_no_run_any_more(cast: Cast, is_planned: bool) -> None:
    set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 2)
    run = start_run(actor=actor_of(cast.admin), tenant=cast.acme.id, now=utc_now())
    if is_planned:
        plan_run(run_id=run.id, tenant=cast.acme.id, now=utc_now())
    Membership.objects.filter(user=cast.admin).update(role="REPORT_ADMIN")
    if is_planned:
        run_lane(run_id=run.id, tenant=cast.acme.id, provider="dell", lane=0, now=utc_now())
    else:
        plan_run(run_id=run.id, tenant=cast.acme.id, now=utc_now())
    assert row_of(cast.acme.id, run.id).state is RunState.CANCELLED
    plan_run(run_id=run.id, tenant=cast.acme.id, now=utc_now())
    with tenant_scope([cast.acme.id]):
        assert not Batch.objects.filter(state="OPEN").exists()


def test_a_run_that_is_planned_is_not_planned_again(cast: Cast) -> None:
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 2)
    run = begin(actor, cast.acme.id)
    plan_run(run_id=run.id, tenant=cast.acme.id, now=utc_now())
    with tenant_scope([cast.acme.id]):
        assert Batch.objects.count() == 1
