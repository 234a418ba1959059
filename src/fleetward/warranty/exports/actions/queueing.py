"""The job of an export, and who it acts for."""

from __future__ import annotations

from dataclasses import replace

from fleetward.access.contracts import Capability
from fleetward.access.queries import only_in
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor, system_actor
from fleetward.tenancy.queries import actor_for_user
from fleetward.warranty.exports.queries import shown_to
from fleetward.warranty.models import Export

MAKE = "warranty.make_export"


def queue(export: Export) -> None:
    """Let a worker make it. One at a time, of all tenants: each takes a processor for minutes."""
    enqueue(
        MAKE,
        lock="exports",
        key=f"export:{export.uid}",
        tenant=export.tenant_id,
        export=export.id,
    )


def worker_of(export: Export) -> Actor:
    """The actor for what is ours to do, under the request that wanted it."""
    return replace(system_actor("Export", export.tenant_id), request_id=export.request_id)


def requester_of(export: Export) -> Actor | None:
    """Whoever wants the export, in its tenant only; None once the right is lost."""
    user = actor_for_user(
        user_id=export.user_id, name=export.started_by, request_id=export.request_id
    )
    actor = only_in(user, Capability.EXPORT_DEVICES, tenant=export.tenant_id)
    return actor and replace(actor, on_behalf_of=export.on_behalf)


def spanned_by(actor: Actor, export: Export) -> list[int]:
    """The tenants of whose devices the file can tell."""
    return list(shown_to(actor, export.tenant_id))
