"""What is done about imports by the clock: waking, discarding, forgetting."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from fleetward.audit.actions import use_case
from fleetward.devices.imports.actions.ending import discard
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE, queue, worker_of
from fleetward.devices.imports.actions.telling import tell_discarded
from fleetward.devices.imports.contracts import WORKING, ImportState
from fleetward.devices.models import ImportRun
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import list_tenant_ids

READY_FOR = timedelta(days=1)
LOST_AFTER = timedelta(seconds=60)


def discard_stale_imports(*, now: datetime) -> int:
    """Discard what waited a day for somebody to start it, and tell; returns how many.

    Audit: import.discarded.   Repeat: what is discarded is left alone.
    """
    with tenant_scope(list_tenant_ids()):
        waiting = ImportRun.objects.filter(state=ImportState.READY, created_at__lt=now - READY_FOR)
        stale = list(waiting.values_list("tenant_id", "uid"))
    for tenant, uid in stale:
        _discard_stale(actor=worker_of(tenant), tenant=tenant, uid=uid, now=now)
    return len(stale)


@use_case
def _discard_stale(*, actor: Actor, tenant: int, uid: uuid.UUID, now: datetime) -> None:
    run = ImportRun.objects.select_for_update().filter(tenant_id=tenant, uid=uid).first()
    if run is not None and run.state == ImportState.READY:
        discard(run, actor=actor, now=now)
        tell_discarded(run, now)


def wake_imports(*, now: datetime) -> int:
    """Queue the imports whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope(list_tenant_ids()):
        lost = ImportRun.objects.filter(
            state__in=sorted(WORKING), heartbeat_at__lt=now - LOST_AFTER
        )
        for run in (found := list(lost)):
            is_unread = run.state in {ImportState.UPLOADED, ImportState.ANALYSING}
            queue(run, ANALYSE if is_unread else STORE)
        return len(found)
