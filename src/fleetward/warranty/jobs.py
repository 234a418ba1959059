"""The jobs of bulk processing. Batches are claimed from the database; jobs carry ids only."""

from __future__ import annotations

from fleetward.infra.jobs import BULK, CLOCK, enqueue, job, periodic
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions import (
    not_cover,
    reassigning,
    reminding,
    running,
    scheduling,
    services,
    watching,
)
from fleetward.warranty.exports import actions as exports
from fleetward.warranty.queries.reminders import tenants_unsent
from fleetward.warranty.schedules import actions as schedules
from fleetward.warranty.schedules.queries import schedules_due


def _plan_failed(*, run_id: int, tenant: int) -> None:
    running.fail_plan(run_id=run_id, tenant=tenant, now=utc_now())


@job("warranty.plan_run", on_failure=_plan_failed)
def plan_run(*, run_id: int, tenant: int) -> None:
    running.plan_run(run_id=run_id, tenant=tenant, now=utc_now())


def _lane_failed(*, run_id: int, tenant: int, provider: str, lane: int) -> None:
    running.fail_lane(run_id=run_id, tenant=tenant, provider=provider, now=utc_now())


@job("warranty.run_lane", on_failure=_lane_failed)
def run_lane(*, run_id: int, tenant: int, provider: str, lane: int) -> None:
    running.run_lane(run_id=run_id, tenant=tenant, provider=provider, lane=lane, now=utc_now())


@periodic("warranty.watch_runs", cron="* * * * *")
def watch_runs() -> None:
    """A job for each open run: one that fails keeps no other from being watched."""
    for tenant, run_id in running.open_runs(now=utc_now()):
        enqueue("warranty.watch_run", key=f"warranty.watch:{run_id}", tenant=tenant, run_id=run_id)


@job("warranty.watch_run", queue=CLOCK)
def watch_run(*, tenant: int, run_id: int) -> None:
    running.watch_run(tenant=tenant, run_id=run_id, now=utc_now())


@periodic("warranty.start_scheduled", cron="20 * * * *")
def start_scheduled() -> None:
    """A job for each tenant whose night it is: one that fails keeps no other from its run.

    Not in the queue of the clock, which must never wait: it looks through all devices of a tenant.
    """
    for tenant in scheduling.tenants_at_night(now=utc_now()):
        enqueue("warranty.start_scheduled_run", key=f"warranty.scheduled:{tenant}", tenant=tenant)


@job("warranty.start_scheduled_run")
def start_scheduled_run(*, tenant: int) -> None:
    actor = system_actor("Scheduled bulk processing", tenant)
    scheduling.start_scheduled_run(actor=actor, tenant=tenant, now=utc_now())


@periodic("warranty.start_schedules", cron="30 * * * *")
def start_schedules() -> None:
    """A job for each schedule whose night it is; not in the queue of the clock either."""
    for tenant, schedule in schedules_due(now=utc_now()):
        key = f"warranty.schedule:{schedule}"
        enqueue("warranty.start_schedule", key=key, tenant=tenant, schedule=schedule)


@job("warranty.start_schedule")
def start_schedule(*, tenant: int, schedule: int) -> None:
    actor = system_actor("Scheduled refresh", tenant)
    schedules.start_schedule(actor=actor, tenant=tenant, schedule=schedule, now=utc_now())


@periodic("warranty.remind", cron="50 * * * *")
def remind() -> None:
    """A job for each tenant where a day has begun: one that fails keeps no other from being told.

    Not in the queue of the clock either.
    """
    for tenant in reminding.tenants_to_remind(now=utc_now()):
        enqueue("warranty.remind_tenant", key=f"warranty.remind:{tenant}", tenant=tenant)


@job("warranty.remind_tenant")
def remind_tenant(*, tenant: int) -> None:
    actor = system_actor("Warranty reminders", tenant)
    reminding.send_reminders(actor=actor, tenant=tenant, now=utc_now())


@periodic("warranty.watch_reminders", cron="20 * * * *")
def watch_reminders() -> None:
    """In the queue of the clock: what keeps the sending from its turn must not silence this."""
    for tenant in tenants_unsent(now=utc_now()):
        enqueue("warranty.report_unsent", key=f"warranty.unsent:{tenant}", tenant=tenant)


@job("warranty.report_unsent", queue=CLOCK)
def report_unsent(*, tenant: int) -> None:
    reminding.report_unsent(tenant=tenant, now=utc_now())


@periodic("warranty.keep_health", cron="5 * * * *")
def keep_health() -> None:
    """A job for each tenant where a day has begun; not in the queue of the clock either."""
    for tenant in watching.tenants_to_keep(now=utc_now()):
        enqueue("warranty.keep_health_of", key=f"warranty.health:{tenant}", tenant=tenant)


@job("warranty.keep_health_of")
def keep_health_of(*, tenant: int) -> None:
    actor = system_actor("Vendor health", tenant)
    watching.keep_figures(actor=actor, tenant=tenant, now=utc_now())


@job("warranty.follow_setup")
def follow_setup(*, tenant: int) -> None:
    services.follow_setup(tenant=tenant)


@job("warranty.remove_simulated")
def remove_simulated(*, tenant: int, provider: str) -> None:
    actor = system_actor("Removal of simulated answers", tenant)
    services.remove_simulated(actor=actor, tenant=tenant, provider=provider, now=utc_now())


@job("warranty.follow_not_cover")
def follow_not_cover(*, tenant: int) -> None:
    not_cover.follow_not_cover(tenant=tenant, now=utc_now())


def _export_broken(*, tenant: int, export: int) -> None:
    exports.break_export(tenant=tenant, export=export, now=utc_now())


@job(exports.MAKE, queue=BULK, on_failure=_export_broken)
def make_export(*, tenant: int, export: int) -> None:
    exports.make_export(tenant=tenant, export=export, clock=utc_now)


@periodic("warranty.wake_exports", cron="* * * * * */30")
def wake_exports() -> None:
    exports.wake_exports(now=utc_now())


@periodic("warranty.remove_old_exports", cron="47 * * * *")
def remove_old_exports() -> None:
    exports.remove_old_exports(now=utc_now())


@periodic("warranty.forget_moves", cron="17 4 * * *")
def forget_set_aside() -> None:
    reassigning.forget_set_aside(now=utc_now())
