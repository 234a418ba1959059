"""Sealing of the trail, well within the 60 s that hardening allows."""

from __future__ import annotations

from fleetward.audit.actions import seal_entries
from fleetward.audit.queries import tenants_to_seal
from fleetward.infra.jobs import periodic
from fleetward.kernel.actor import system_actor


@periodic("audit.seal", cron="* * * * * */20")
def seal() -> None:
    for tenant in tenants_to_seal():
        seal_entries(actor=system_actor("Audit seal", tenant), tenant=tenant)
