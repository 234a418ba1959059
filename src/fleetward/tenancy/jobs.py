"""What the clock has done in every tenant for contexts below, which do not know of all tenants."""

from __future__ import annotations

from fleetward.infra.jobs import CLOCK, enqueue, job, periodic
from fleetward.kernel.clock import utc_now
from fleetward.notifications.webhooks.actions import forget
from fleetward.notifications.webhooks.queries import tenants_with_webhooks
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.tenancy.signing_up.actions import forget_sign_ups


@periodic("tenancy.forget_deliveries", cron="11 * * * *")
def forget_deliveries() -> None:
    """A job for each tenant that has webhooks: one that fails keeps no other's."""
    for tenant in tenants_with_webhooks(list_tenant_ids()):
        enqueue("tenancy.forget_deliveries_of", key=f"forget-deliveries:{tenant}", tenant=tenant)


@job("tenancy.forget_deliveries_of", queue=CLOCK)
def forget_deliveries_of(*, tenant: int) -> None:
    forget(tenant=tenant, now=utc_now())


@periodic("tenancy.forget_sign_ups", cron="17 * * * *")
def forget_asked() -> None:
    forget_sign_ups(now=utc_now())
