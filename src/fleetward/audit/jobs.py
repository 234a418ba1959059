"""Sealing of the trail, well within the 60 s that hardening allows."""

from __future__ import annotations

from fleetward.audit.actions import seal_entries
from fleetward.audit.queries import tenants_to_seal
from fleetward.infra.jobs import CLOCK, enqueue, job, periodic
from fleetward.kernel.actor import system_actor


@periodic("audit.seal", cron="* * * * * */20")
def seal() -> None:
    """A job for each tenant: one that fails keeps no other from its seals."""
    for tenant in tenants_to_seal():
        enqueue("audit.seal_tenant", key=f"audit.seal:{tenant}", tenant=tenant)


@job("audit.seal_tenant", queue=CLOCK)
def seal_tenant(*, tenant: int) -> None:
    seal_entries(actor=system_actor("Audit seal", tenant), tenant=tenant)
