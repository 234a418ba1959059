"""The job of a feed, and who it acts for."""

from __future__ import annotations

from dataclasses import replace

from fleetward.access.contracts import Capability
from fleetward.access.queries import only_in
from fleetward.devices.models import Feed
from fleetward.infra.jobs import enqueue
from fleetward.kernel.actor import Actor, system_actor
from fleetward.tenancy.queries import actor_for_user

RUN = "devices.run_feed"


def queue(found: Feed) -> None:
    """Let a worker take it further. One feed after another: of two that claim a serial the one
    that was sent first stands (T14)."""
    enqueue(
        RUN,
        lock=f"feeds:{found.tenant_id}",
        key=f"feed:{found.uid}",
        vendor=found.tenant_id,
        feed=found.id,
    )


def requester_of(found: Feed) -> Actor | None:
    """Whoever sent the feed, in the operator's tenant only; None once the right is lost."""
    user = actor_for_user(
        user_id=found.user_id, name=found.uploaded_by, request_id=_request_of(found)
    )
    return only_in(user, Capability.OPERATE, tenant=found.tenant_id)


def worker_of(found: Feed, *others: int) -> Actor:
    """The actor for what happens: a partner reads in its devices' history that a feed brought them,
    and not who at the operator sent it."""
    made = system_actor("Resale feed", found.tenant_id, *others)
    return replace(made, request_id=_request_of(found))


def _request_of(found: Feed) -> str:
    return found.request_id or f"feed-{found.uid}"
