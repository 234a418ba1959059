"""What the clock has done in every tenant for contexts below, which do not know of all tenants."""

from __future__ import annotations

from fleetward.infra.jobs import CLOCK, enqueue, job, periodic
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.webhooks.actions import forget
from fleetward.notifications.webhooks.queries import tenants_with_webhooks
from fleetward.tenancy.licences import actions
from fleetward.tenancy.licences.queries import tenants_with_licences
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


@periodic("tenancy.watch_licences", cron="27 * * * *")
def watch_licences() -> None:
    """A job for each tenant that has licence keys: one that fails keeps no other's."""
    for tenant in tenants_with_licences():
        enqueue("tenancy.watch_licences_of", key=f"watch-licences:{tenant}", tenant=tenant)


@job("tenancy.watch_licences_of", queue=CLOCK)
def watch_licences_of(*, tenant: int) -> None:
    actor = system_actor("Licences", tenant)
    actions.watch_licences(actor=actor, tenant=tenant, now=utc_now())
