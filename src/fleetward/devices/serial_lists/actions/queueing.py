"""The job of a serial list, and who it acts for."""

from __future__ import annotations

from dataclasses import replace

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed
from fleetward.devices.imports.actions.queueing import reading_lock
from fleetward.devices.models import SerialList
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import actor_for_user

READ = "devices.read_serials"


def queue(found: SerialList) -> None:
    """Let a worker read it; one at a time."""
    name = f"serials:{found.uid}"
    enqueue(READ, lock=reading_lock(found.id), key=name, tenant=found.tenant_id, serials=found.id)


def requester_of(found: SerialList) -> Actor | None:
    """Whoever uploaded the list, in its tenant only; None once the right is lost."""
    actor = actor_for_user(
        user_id=found.user_id, name=found.uploaded_by, request_id=f"serials-{found.uid}"
    )
    if not is_allowed(actor, Capability.DELETE_DEVICES, tenant=found.tenant_id):
        return None
    return replace(actor, roles={found.tenant_id: actor.roles[found.tenant_id]})
