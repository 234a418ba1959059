"""The look at secrets that expire (W3)."""

from __future__ import annotations

from fleetward.connections.actions import remind_of_expiry, tenants_to_warn
from fleetward.infra.jobs import CLOCK, enqueue, job, periodic
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import day_in, utc_now
from fleetward.tenancy.queries import get_tenant_by_id


@periodic("connections.remind_of_expiry", cron="40 * * * *")
def remind() -> None:
    """A job for each tenant: one that fails keeps no other from its warnings.

    Each hour, so that a worker that is down at one of them loses no day's warning.
    """
    for tenant in tenants_to_warn(now=utc_now()):
        enqueue("connections.remind_tenant", key=f"connections.remind:{tenant}", tenant=tenant)


@job("connections.remind_tenant", queue=CLOCK)
def remind_tenant(*, tenant: int) -> None:
    now = utc_now()
    today = day_in(get_tenant_by_id(tenant).settings.time_zone, now)
    actor = system_actor("Secret reminders", tenant)
    remind_of_expiry(actor=actor, tenant=tenant, now=now, today=today)
