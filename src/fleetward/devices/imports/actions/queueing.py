"""The jobs of an import, and who they act for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import only_in
from fleetward.devices.imports.contracts import ImportState
from fleetward.devices.models import ImportRun
from fleetward.infra.jobs import enqueue
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.tenancy.queries import actor_for_user

ANALYSE, STORE = "devices.analyse_import", "devices.run_import"


def queue(run: ImportRun, job: str) -> None:
    """Let a worker take the import further. Jobs of one import run one after another."""
    name = f"import:{run.uid}"
    lock = reading_lock(run.id) if job == ANALYSE else name
    enqueue(job, lock=lock, key=f"{name}:{job}", tenant=run.tenant_id, run=run.id)


def reading_lock(number: int) -> str:
    """Reading a million rows takes a child 0.9 GB for some seconds: two at a time, of all tenants.

    `number` is any id of what is read.
    """
    return f"read-import:{number % 2}"


def claim_analysis(*, tenant: int, run: int, now: datetime) -> ImportRun | None:
    """The import, if it has not been analysed: marked as being so, with a heartbeat."""
    with tenant_scope([tenant]):
        ours = ImportRun.objects.filter(
            id=run, state__in=[ImportState.UPLOADED, ImportState.ANALYSING]
        )
        if not ours.update(state=ImportState.ANALYSING, heartbeat_at=now):
            return None
        return ImportRun.objects.get(id=run)


def worker_of(tenant: int) -> Actor:
    """The actor for what is ours to do: states, endings, housekeeping."""
    return system_actor("Import", tenant)


def requester_of(run: ImportRun) -> Actor | None:
    """Whoever wants the import, in its tenant only; None once the right is lost."""
    if run.user_id is None:
        return replace(
            system_actor(run.started_by, run.tenant_id),
            on_behalf_of=run.on_behalf,
            request_id=run.request_id,
        )
    # Lists that were sent before their request was kept have a name of their own for it.
    request_id = run.request_id or f"import-{run.uid}"
    user = actor_for_user(user_id=run.user_id, name=run.started_by, request_id=request_id)
    actor = only_in(user, Capability.IMPORT_DEVICES, tenant=run.tenant_id)
    return actor and replace(actor, on_behalf_of=run.on_behalf)
