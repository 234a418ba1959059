"""Starting, planning, cancelling and ending runs (W6, W7, W11, W13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.audit.models import Entry
from fleetward.connections.contracts import Slot
from fleetward.connections.models import Quota
from fleetward.connections.queries import rows_of
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden, NotFound
from fleetward.notifications.models import Notification
from fleetward.tenancy.models import Membership
from fleetward.warranty.actions import lanes
from fleetward.warranty.actions.opening import open_lane
from fleetward.warranty.actions.running import plan_run, run_lane, watch_run
from fleetward.warranty.actions.runs import cancel_run, refresh_device, start_run
from fleetward.warranty.actions.services import switch_external_service
from fleetward.warranty.contracts import Reason, RunOver, RunState
from fleetward.warranty.models import Batch, Coverage, Entitlement, Run
from fleetward.warranty.queries.runs import (
    find_latest_run,
    get_progress,
    get_run,
    iterate_outcomes,
    list_runs,
)
from tests.bulk import (
    MANUFACTURERS,
    PRODUCT_NUMBER,
    begin,
    finish,
    outcomes_of,
    process,
    row_of,
    set_up,
)
from tests.cast import Cast, actor_of, add_devices
from tests.invariants import coverage_is_what_the_entitlements_amount_to
from tests.plugins.variables import SetEnv
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db


def admin(cast: Cast) -> Actor:
    return actor_of(cast.admin)


def asked_of(cast: Cast, count: int, make: str) -> list[int]:
    return add_devices(cast.acme.id, count, make, product_number=PRODUCT_NUMBER)


def coverage_of(cast: Cast, device: int) -> Coverage:
    with tenant_scope([cast.acme.id]):
        return Coverage.objects.get(device_id=device)


def verbs(cast: Cast) -> list[str]:
    with tenant_scope([cast.acme.id]):
        return list(
            Entry.objects.filter(tenant_id=cast.acme.id)
            .exclude(verb="connection.saved")
            .order_by("id")
            .values_list("verb", flat=True)
        )


def test_w7_a_second_press_returns_the_run_that_is_open(cast: Cast) -> None:
    add_devices(cast.acme.id, 3)
    first, second = (
        start_run(actor=admin(cast), tenant=cast.acme.id, now=utc_now()) for _ in range(2)
    )
    assert first.uid == second.uid
    assert verbs(cast) == ["run.started"]


def test_w7_a_run_visits_every_device_and_tells_its_end_once(
    cast: Cast, vendors: Simulators
) -> None:
    set_up(cast.acme.id)
    devices = [d for make in MANUFACTURERS.values() for d in asked_of(cast, 30, make)]
    run = process(admin(cast), cast.acme.id)
    assert set(outcomes_of(cast.acme.id, run.id)) == set(devices)
    assert (run.devices, run.state) == (len(devices), RunState.DONE)
    assert verbs(cast) == ["run.started", "run.finished"]
    with tenant_scope([cast.acme.id]):
        told = Notification.objects.get(user=cast.admin)
        assert Coverage.objects.filter(reason="NOT_CHECKED").count() == 0
        assert Coverage.objects.filter(is_simulated=False).count() == 0
    assert (told.kind, told.params["devices"]) == ("RUN_DONE", len(devices))
    assert told.link == f"/t/{cast.acme.customer_id}/warranty/runs/{run.uid}/"


def test_a_second_run_with_the_same_answers_rewrites_no_line(
    cast: Cast, vendors: Simulators
) -> None:
    set_up(cast.acme.id)
    add_devices(cast.acme.id, 20)
    process(admin(cast), cast.acme.id)
    with tenant_scope([cast.acme.id]):
        before = set(Entitlement.objects.values_list("id", "recorded_at"))
    process(admin(cast), cast.acme.id)
    with tenant_scope([cast.acme.id]):
        assert set(Entitlement.objects.values_list("id", "recorded_at")) == before


def test_w11_devices_that_cannot_be_asked_about_say_why(cast: Cast) -> None:
    tenant = cast.acme.id
    asked = {
        Reason.VIRTUAL_MACHINE: add_devices(tenant, 1, is_virtual=True)[0],
        Reason.VENDOR_NOT_SUPPORTED: add_devices(tenant, 1, "Acer")[0],
        Reason.NOT_CONFIGURED: add_devices(tenant, 1)[0],
    }
    run = process(admin(cast), tenant)
    assert outcomes_of(tenant, run.id) == {device: why for why, device in asked.items()}
    assert run.state is RunState.DONE
    for why, device in asked.items():
        assert coverage_of(cast, device).reason == why
        assert coverage_of(cast, device).attempted_at is None


def test_w13_a_device_that_nobody_asked_about_keeps_when_it_was_asked_last(
    cast: Cast, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dell")
    device = add_devices(cast.acme.id, 1)[0]
    process(actor, cast.acme.id)
    asked_at = coverage_of(cast, device).attempted_at
    switch_external_service(
        actor=actor, tenant=cast.acme.id, provider="dell", is_enabled=False, now=utc_now()
    )
    process(actor, cast.acme.id)
    after = coverage_of(cast, device)
    assert (after.attempted_at, after.latest_error) == (asked_at, Reason.NOT_CONFIGURED)


def test_w13_when_a_vendor_ends_all_only_devices_that_were_asked_about_were_tried(
    cast: Cast, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 250)
    vendors.dial("dell", force_status=403)
    process(actor, cast.acme.id)
    with tenant_scope([cast.acme.id]):
        tried = Coverage.objects.filter(attempted_at__isnull=False)
        assert set(tried.values_list("device", flat=True)) == set(devices[:100])
        assert Coverage.objects.filter(reason=Reason.CREDENTIALS_REFUSED).count() == 250
        coverage_is_what_the_entitlements_amount_to(cast.acme.id)


def test_w13_halves_of_a_batch_were_tried_with_it(cast: Cast, vendors: Simulators) -> None:
    """The vendor talks nonsense to everybody, so that most halves are never asked about alone."""
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 60)
    vendors.dial("dell", garbage=True)
    process(actor, cast.acme.id)
    with tenant_scope([cast.acme.id]):
        assert Coverage.objects.filter(attempted_at__isnull=False).count() == 60


def test_w13_a_run_without_credentials_leaves_earlier_answers(
    cast: Cast, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 20)
    process(actor, cast.acme.id)
    before = {device: coverage_of(cast, device) for device in devices}
    vendors.dial("dell", garbage=True)
    process(actor, cast.acme.id)
    for device in devices:
        after = coverage_of(cast, device)
        assert (after.ends_on, after.reason, after.checked_at) == (
            before[device].ends_on,
            before[device].reason,
            before[device].checked_at,
        )
        assert after.latest_error == Reason.ANSWER_UNREADABLE
        assert after.attempted_at != before[device].attempted_at


def test_a_poisoned_device_is_found_and_costs_no_other_its_answer(
    cast: Cast, vendors: Simulators
) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 100)
    with tenant_scope([cast.acme.id]):
        vendors.dial("dell", poison_serial=Device.objects.get(id=devices[37]).serial)
    run = process(actor, cast.acme.id)
    ended = outcomes_of(cast.acme.id, run.id)
    assert ended.pop(devices[37]) == Reason.ANSWER_UNREADABLE
    assert set(ended.values()) <= {"FOUND", "NOT_FOUND"}
    assert len(ended) == 99


def test_a_spoilt_item_refuses_its_own_device_only(cast: Cast, vendors: Simulators) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 10)
    with tenant_scope([cast.acme.id]):
        vendors.dial("dell", spoilt_serial=Device.objects.get(id=devices[3]).serial)
    run = process(actor, cast.acme.id)
    assert outcomes_of(cast.acme.id, run.id)[devices[3]] == Reason.ANSWER_UNREADABLE
    assert vendors.stats("dell")["data_calls"] == 1


def test_w15_a_refusal_stops_one_vendor_and_not_the_others(cast: Cast, vendors: Simulators) -> None:
    set_up(cast.acme.id)
    dells = add_devices(cast.acme.id, 250)
    lenovos = asked_of(cast, 10, "Lenovo")
    vendors.dial("dell", refuse_credentials=True)
    run = process(admin(cast), cast.acme.id)
    ended = outcomes_of(cast.acme.id, run.id)
    assert {ended[device] for device in dells} == {Reason.CREDENTIALS_REFUSED}
    assert {ended[device] for device in lenovos} <= {"FOUND", "NOT_FOUND"}
    with tenant_scope([cast.acme.id]):
        kinds = sorted(Notification.objects.values_list("kind", flat=True))
    assert kinds == ["CONNECTION_REFUSED", "RUN_PROBLEMS"]
    assert vendors.stats("dell")["data_calls"] == 0


def test_w15_a_paused_service_is_not_asked_by_the_next_run(cast: Cast, vendors: Simulators) -> None:
    actor = set_up(cast.acme.id, "dell")
    device = add_devices(cast.acme.id, 1)[0]
    vendors.dial("dell", refuse_credentials=True)
    process(actor, cast.acme.id)
    calls = vendors.stats("dell")["token_calls"]
    run = process(actor, cast.acme.id)
    assert outcomes_of(cast.acme.id, run.id) == {device: Reason.CREDENTIALS_REFUSED}
    assert vendors.stats("dell")["token_calls"] == calls


def test_cancelling_ends_what_is_open_and_keeps_what_was_answered(
    cast: Cast, vendors: Simulators
) -> None:
    set_up(cast.acme.id)
    dells, hps = add_devices(cast.acme.id, 5), add_devices(cast.acme.id, 5, "HP")
    run = begin(admin(cast), cast.acme.id)
    run_lane(run_id=run.id, tenant=cast.acme.id, provider="dell", lane=0, now=utc_now())
    over = cancel_run(actor=admin(cast), tenant=cast.acme.id, uid=run.uid, now=utc_now())
    ended = outcomes_of(cast.acme.id, run.id)
    assert over.state is RunState.CANCELLED
    assert {ended[device] for device in hps} == {"CANCELLED"}
    assert {ended[device] for device in dells} <= {"FOUND", "NOT_FOUND"}
    run_lane(run_id=run.id, tenant=cast.acme.id, provider="hp", lane=0, now=utc_now())
    assert vendors.stats("hp")["data_calls"] == 0
    assert verbs(cast)[-1] == "run.cancelled"


def test_a_run_that_is_over_cannot_be_cancelled(cast: Cast) -> None:
    run = process(admin(cast), cast.acme.id)
    with pytest.raises(RunOver):
        cancel_run(actor=admin(cast), tenant=cast.acme.id, uid=run.uid, now=utc_now())


def test_a_run_of_another_tenant_is_none_to_cancel(cast: Cast) -> None:
    run = begin(admin(cast), cast.acme.id)
    with pytest.raises(NotFound):
        cancel_run(actor=actor_of(cast.outsider), tenant=cast.other.id, uid=run.uid, now=utc_now())
    assert find_latest_run(actor=admin(cast), tenant=cast.acme.id) == run


@pytest.mark.parametrize("half_batch", [False, True])
def test_answers_after_a_lost_lease_are_dropped(
    cast: Cast, vendors: Simulators, half_batch: bool
) -> None:
    """A worker that was thought dead comes back while another one has the batch."""
    actor = set_up(cast.acme.id, "dell")
    vendors.dial("dell", half_batch=half_batch)
    add_devices(cast.acme.id, 3)
    run = begin(actor, cast.acme.id)
    with tenant_scope([cast.acme.id]):
        late = open_lane(actor, run.id, cast.acme.id, "dell")
        assert not isinstance(late, str)
        claims, slot = late.claim()
        Batch.objects.update(due_at=utc_now())
    late.take_on(claims[0], slot)
    late.store()
    assert set(outcomes_of(cast.acme.id, run.id).values()) == {""}
    vendors.dial("dell", half_batch=False)
    assert finish(cast.acme.id, run).state is RunState.DONE


def held_for(cast: Cast, wait: timedelta) -> None:
    """The vendor wants no call before then: the quota of the day, or its own Retry-After."""
    with tenant_scope([cast.acme.id]):
        Quota.objects.update(next_at=utc_now() + wait)


@pytest.mark.parametrize("per_minute", ["0", "60"])
def test_w15_a_run_does_not_wait_for_a_quota_that_comes_back_tomorrow(
    cast: Cast, vendors: Simulators, set_env: SetEnv, per_minute: str
) -> None:
    set_env(
        FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE=per_minute,
        FLEETWARD_PROVIDERS__DELL__CALLS_PER_DAY="5000",
    )
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 120)
    run = begin(actor, cast.acme.id)
    held_for(cast, timedelta(hours=2))
    run = finish(cast.acme.id, run)
    assert run.state is RunState.DONE_WITH_PROBLEMS
    assert set(outcomes_of(cast.acme.id, run.id).values()) == {Reason.QUOTA_REACHED}
    assert vendors.stats("dell")["data_calls"] == 0


@pytest.mark.parametrize("per_minute", ["0", "60"])
def test_w15_a_lane_rests_while_the_next_slot_is_far_away(
    cast: Cast, vendors: Simulators, set_env: SetEnv, per_minute: str
) -> None:
    set_env(FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE=per_minute)
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 3)
    run = begin(actor, cast.acme.id)
    held_for(cast, timedelta(minutes=30))
    lane = open_lane(actor, run.id, cast.acme.id, "dell")
    assert not isinstance(lane, str)
    assert timedelta(seconds=5) <= lane.work() <= timedelta(seconds=30)
    assert set(outcomes_of(cast.acme.id, run.id).values()) == {""}
    assert vendors.stats("dell")["data_calls"] == 0


def test_w15_a_slot_that_was_overslept_is_lost(
    cast: Cast, vendors: Simulators, set_env: SetEnv
) -> None:
    set_env(FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE="600")
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 3)
    run = begin(actor, cast.acme.id)
    lane = open_lane(actor, run.id, cast.acme.id, "dell")
    assert not isinstance(lane, str)
    claims, _ = lane.claim()
    lane.take_on(claims[0], Slot(timedelta(seconds=-1)))
    lane.store()
    assert vendors.stats("dell")["data_calls"] == 1
    with tenant_scope([cast.acme.id]):
        # The one that came with the claim, and another for the call.
        assert rows_of(cast.acme.id)[0].used_today >= 2


def test_w15_what_was_answered_is_stored_before_a_long_wait(
    cast: Cast, vendors: Simulators, set_env: SetEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_env(FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE="600")
    monkeypatch.setattr(lanes, "WORTH_STORING_BEFORE", timedelta(0))
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 120)
    run = begin(actor, cast.acme.id)
    lane = open_lane(actor, run.id, cast.acme.id, "dell")
    assert not isinstance(lane, str)
    for _ in range(2):
        claims, _slot = lane.claim()
        lane.take_on(claims[0], Slot(timedelta(milliseconds=50)))
    ended = outcomes_of(cast.acme.id, run.id)
    assert {ended[device] for device in devices[:100]} <= {"FOUND", "NOT_FOUND"}


def test_a_device_deleted_meanwhile_is_skipped(cast: Cast, vendors: Simulators) -> None:
    actor = set_up(cast.acme.id, "dell")
    devices = add_devices(cast.acme.id, 2)
    run = begin(actor, cast.acme.id)
    with tenant_scope([cast.acme.id]):
        Device.objects.filter(id=devices[0]).update(is_active=False)
    assert finish(cast.acme.id, run).state is RunState.DONE
    assert outcomes_of(cast.acme.id, run.id)[devices[0]] == "DELETED"


def test_a_right_that_was_lost_ends_the_run(cast: Cast, vendors: Simulators) -> None:
    set_up(cast.acme.id)
    add_devices(cast.acme.id, 2)
    run = begin(actor_of(cast.device_admin), cast.acme.id)
    Membership.objects.filter(user=cast.device_admin).update(is_active=False)
    run_lane(run_id=run.id, tenant=cast.acme.id, provider="dell", lane=0, now=utc_now())
    assert row_of(cast.acme.id, run.id).state is RunState.CANCELLED
    assert vendors.stats("dell")["data_calls"] == 0


def test_planning_again_plans_nothing_twice(cast: Cast, vendors: Simulators) -> None:
    actor = set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 5)
    run = begin(actor, cast.acme.id)
    plan_run(run_id=run.id, tenant=cast.acme.id, now=utc_now())
    assert len(outcomes_of(cast.acme.id, run.id)) == 5


def test_a_run_whose_jobs_have_vanished_is_brought_to_its_end(cast: Cast) -> None:
    actor = set_up(cast.acme.id, "dell")
    run = begin(actor, cast.acme.id)
    with tenant_scope([cast.acme.id]):
        Run.objects.update(state="RUNNING", finished_at=None, created_at="2026-01-01T00:00:00Z")
    watch_run(tenant=cast.acme.id, run_id=run.id, now=utc_now())
    assert row_of(cast.acme.id, run.id).state is RunState.DONE


def test_one_device_is_refreshed_beside_a_bulk_run(cast: Cast, vendors: Simulators) -> None:
    set_up(cast.acme.id)
    devices = add_devices(cast.acme.id, 3)
    begin(admin(cast), cast.acme.id)
    with tenant_scope([cast.acme.id]):
        uid = str(Device.objects.get(id=devices[0]).uid)
    run = refresh_device(actor=admin(cast), tenant=cast.acme.id, device_uid=uid, now=utc_now())
    assert finish(cast.acme.id, run).state is RunState.DONE
    assert set(outcomes_of(cast.acme.id, run.id)) == {devices[0]}
    assert coverage_of(cast, devices[0]).attempted_at is not None


def test_one_device_that_cannot_be_asked_about_ends_at_once(cast: Cast) -> None:
    device = add_devices(cast.acme.id, 1)[0]
    with tenant_scope([cast.acme.id]):
        uid = str(Device.objects.get(id=device).uid)
    run = refresh_device(actor=admin(cast), tenant=cast.acme.id, device_uid=uid, now=utc_now())
    assert run.state is RunState.DONE
    assert outcomes_of(cast.acme.id, run.id) == {device: Reason.NOT_CONFIGURED}


def test_a_device_of_another_tenant_is_not_found(cast: Cast) -> None:
    device = add_devices(cast.other.id, 1)[0]
    with tenant_scope([cast.other.id]):
        uid = str(Device.objects.get(id=device).uid)
    with pytest.raises(NotFound):
        refresh_device(actor=admin(cast), tenant=cast.acme.id, device_uid=uid, now=utc_now())


def test_l1_who_only_reads_starts_no_run(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        start_run(actor=actor_of(cast.reader), tenant=cast.acme.id, now=utc_now())


def test_progress_and_summary_account_for_every_device(cast: Cast, vendors: Simulators) -> None:
    set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 20)
    add_devices(cast.acme.id, 5, "Lenovo")
    run = begin(admin(cast), cast.acme.id)
    who = actor_of(cast.reader)
    open_now = get_progress(actor=who, tenant=cast.acme.id, uid=run.uid)
    assert {one.provider: (one.waiting, one.done) for one in open_now} == {
        "dell": (20, 0),
        "lenovo": (0, 5),
    }
    finish(cast.acme.id, run)
    dell, lenovo = get_progress(actor=who, tenant=cast.acme.id, uid=run.uid)
    rows = list(iterate_outcomes(actor=who, tenant=cast.acme.id, uid=run.uid))
    assert (dell.waiting, dell.found + dell.not_found) == (0, 20)
    assert lenovo.skipped == {Reason.NOT_CONFIGURED: 5}
    assert len(rows) == 25
    assert rows == list(iterate_outcomes(actor=who, tenant=cast.acme.id, uid=run.uid))
    assert sum(row.outcome == "FOUND" for row in rows) == dell.found


def test_runs_are_listed_latest_first_and_of_ones_own_tenant(cast: Cast) -> None:
    runs = [process(admin(cast), cast.acme.id).uid for _ in range(3)]
    page = list_runs(actor=admin(cast), tenant=cast.acme.id, limit=2)
    rest = list_runs(actor=admin(cast), tenant=cast.acme.id, limit=2, cursor=page.after)
    assert [run.uid for run in [*page.rows, *rest.rows]] == runs[::-1]
    latest = find_latest_run(actor=admin(cast), tenant=cast.acme.id)
    assert latest is not None
    assert latest.uid == runs[-1]
    outsider = actor_of(cast.outsider)
    assert not list_runs(actor=outsider, tenant=cast.other.id).rows
    with pytest.raises(NotFound):
        get_run(actor=outsider, tenant=cast.other.id, uid=runs[0])


def test_w7_a_run_takes_as_long_as_its_vendors_do(cast: Cast, vendors: Simulators) -> None:
    set_up(cast.acme.id, "dell")
    add_devices(cast.acme.id, 2, "Dell")
    vendors.dial("dell", latency_ms=300)
    run = process(admin(cast), cast.acme.id)
    assert run.started_at is not None
    assert run.finished_at is not None
    assert (run.finished_at - run.started_at).total_seconds() > 0.3
