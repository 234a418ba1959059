"""What the clock does for machines that wait, and with what is kept for a while."""

from __future__ import annotations

from fleetward.agents.actions import (
    forget_refusals,
    purge_presence,
    release_waiting,
    tenants_that_wait,
)
from fleetward.infra.jobs import enqueue, job, periodic
from fleetward.kernel.clock import utc_now


@periodic("agents.release", cron="*/2 * * * *")
def release() -> None:
    """A job for each tenant in which machines wait: none waits for another."""
    for tenant in tenants_that_wait():
        enqueue("agents.release_of", key=f"release:{tenant}", tenant=tenant)


@job("agents.release_of")
def release_of(*, tenant: int) -> None:
    release_waiting(tenant=tenant, now=utc_now())


@periodic("agents.forget_refusals", cron="41 * * * *")
def forget() -> None:
    forget_refusals(now=utc_now())


@periodic("agents.purge_presence", cron="47 * * * *")
def purge() -> None:
    purge_presence(now=utc_now())
