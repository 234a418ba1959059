"""The job of a bulk change, and who it acts for."""

from __future__ import annotations

from dataclasses import replace

from fleetward.access.contracts import Capability
from fleetward.access.queries import only_in
from fleetward.devices.bulk.contracts import BulkKind
from fleetward.devices.models import BulkRun
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor, system_actor
from fleetward.tenancy.queries import actor_for_user

WORK = "devices.work_off_bulk"


def queue(run: BulkRun) -> None:
    """Let a worker take it further. Jobs of one bulk change run one after another."""
    name = f"bulk:{run.uid}"
    enqueue(WORK, lock=name, key=name, tenant=run.tenant_id, run=run.id)


def worker_of(run: BulkRun) -> Actor:
    """The actor for what is ours to do, under the request that wanted it."""
    return replace(system_actor("Bulk change", run.tenant_id), request_id=run.request_id)


def requester_of(run: BulkRun) -> Actor | None:
    """Whoever wants the bulk change, in its tenant only; None once the right is lost."""
    if run.user_id is None:
        return replace(
            system_actor(run.started_by, run.tenant_id),
            on_behalf_of=run.on_behalf,
            request_id=run.request_id,
        )
    user = actor_for_user(user_id=run.user_id, name=run.started_by, request_id=run.request_id)
    needs = BulkKind(run.kind).needs
    if "plan" in run.params and not only_in(user, Capability.MANAGE_LICENCES, tenant=run.tenant_id):
        return None
    actor = only_in(user, needs, tenant=run.tenant_id)
    return actor and replace(actor, on_behalf_of=run.on_behalf)
