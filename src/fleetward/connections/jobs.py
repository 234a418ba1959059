"""The daily look at secrets that expire (W3)."""

from __future__ import annotations

from fleetward.connections.actions import remind_of_expiry
from fleetward.infra.jobs import CLOCK, enqueue, job, periodic
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import day_in, utc_now
from fleetward.tenancy.queries import get_tenant_by_id, list_tenant_ids


@periodic("connections.remind_of_expiry", cron="40 5 * * *")
def remind() -> None:
    """A job for each tenant: one that fails keeps no other from its warnings."""
    for tenant in list_tenant_ids():
        enqueue("connections.remind_tenant", key=f"connections.remind:{tenant}", tenant=tenant)


@job("connections.remind_tenant", queue=CLOCK)
def remind_tenant(*, tenant: int) -> None:
    now = utc_now()
    today = day_in(get_tenant_by_id(tenant).settings.time_zone, now)
    actor = system_actor("Secret reminders", tenant)
    remind_of_expiry(actor=actor, tenant=tenant, now=now, today=today)
