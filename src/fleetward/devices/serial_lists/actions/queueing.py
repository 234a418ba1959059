"""The jobs of a serial list, and who they act for."""

from __future__ import annotations

from fleetward.access.contracts import Capability
from fleetward.access.queries import only_in
from fleetward.devices.imports.actions.queueing import reading_lock
from fleetward.devices.models import SerialList
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import actor_for_user

READ, MATCH = "devices.read_serials", "devices.match_serials"


def queue(found: SerialList) -> None:
    """Let a worker take it further: read it, beside few others, or find what its rows name."""
    name, is_unread = f"serials:{found.uid}", found.batches is None
    job = READ if is_unread else MATCH
    lock = reading_lock(found.id) if is_unread else name
    enqueue(job, lock=lock, key=f"{name}:{job}", tenant=found.tenant_id, serials=found.id)


def requester_of(found: SerialList) -> Actor | None:
    """Whoever uploaded the list, in its tenant only; None once the right is lost."""
    user = actor_for_user(
        user_id=found.user_id, name=found.uploaded_by, request_id=f"serials-{found.uid}"
    )
    return only_in(user, Capability.DELETE_DEVICES, tenant=found.tenant_id)
