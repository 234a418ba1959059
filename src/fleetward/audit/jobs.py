"""Sealing of the trail, well within the 60 s that hardening allows."""

from __future__ import annotations

from fleetward.audit.actions import SEALED_AT_ONCE, seal_entries
from fleetward.audit.queries import chains_to_seal
from fleetward.infra.jobs import CLOCK, enqueue, job, periodic
from fleetward.kernel.actor import system_actor


@periodic("audit.seal", cron="* * * * * */20")
def seal() -> None:
    """A job for each chain: one that fails keeps no other from its seals."""
    for tenant in chains_to_seal():
        enqueue("audit.seal_tenant", key=f"audit.seal:{tenant}", tenant=tenant)


@job("audit.seal_tenant", queue=CLOCK)
def seal_tenant(*, tenant: int | None) -> None:
    actor = system_actor("Audit seal", *([] if tenant is None else [tenant]))
    while seal_entries(actor=actor, tenant=tenant) == SEALED_AT_ONCE:
        pass
