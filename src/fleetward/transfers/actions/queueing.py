"""The jobs of a transfer, and who they act for."""

from __future__ import annotations

from dataclasses import replace

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed
from fleetward.config.env import env
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor, system_actor
from fleetward.tenancy.queries import actor_for_user
from fleetward.transfers.contracts import TransferState
from fleetward.transfers.models import Transfer

READ, MATCH, MOVE = "transfers.read", "transfers.match", "transfers.move"
MOVE_BACK = "transfers.move_back"
# Gives the scope of a tenant of a transfer to somebody who has no role there.
GUEST = "GUEST"
# Shared by the slices of a transfer, waited for by whoever ends it.
SLICE_LOCK = 7_311
# A slice or two, and a second worker has nothing to do.
_LONG = 2
_JOBS = {TransferState.READING: READ, TransferState.MATCHING: MATCH}


def queue(found: Transfer) -> None:
    """Let a worker take it further. Jobs of one transfer run one after another."""
    name = f"transfer:{found.uid}"
    job = _JOBS.get(TransferState(found.state), MOVE)
    # Two files are read at a time, of all tenants, beside those of imports.
    lock = f"read-transfer:{found.id % 2}" if job == READ else name
    enqueue(job, lock=lock, key=f"{name}:{job}", tenant=found.tenant_id, transfer=found.id)
    if job == MOVE and found.rows > _LONG * env().transfers.slice_rows:
        enqueue(
            MOVE_BACK,
            lock=f"{name}:back",
            key=f"{name}:{MOVE_BACK}",
            tenant=found.tenant_id,
            transfer=found.id,
        )


def requester_of(found: Transfer) -> Actor | None:
    """Whoever wants the transfer, in its tenants only; None once the right is lost."""
    request_id = found.request_id or f"transfer-{found.uid}"
    user = actor_for_user(user_id=found.user_id, name=found.started_by, request_id=request_id)
    if not is_allowed(user, Capability.TRANSFER_DEVICES, tenant=found.tenant_id):
        return None
    roles = {tenant: user.roles.get(tenant, GUEST) for tenant in tenants_of(found)}
    return replace(user, roles=roles, spans={}, on_behalf_of=found.on_behalf)


def tenants_of(found: Transfer) -> list[int]:
    return [t for t in (found.tenant_id, found.partner_id, found.target_id) if t is not None]


def worker_of(found: Transfer) -> Actor:
    """The actor for what is ours to do: states, endings, housekeeping."""
    return system_actor("Transfer", *tenants_of(found))
