"""The jobs of a delivery: one try, in its lane, and the end of the wait for another."""

from __future__ import annotations

from fleetward.infra.jobs import WEBHOOKS, job
from fleetward.kernel.clock import utc_now
from fleetward.notifications.webhooks import actions as webhooks
from fleetward.notifications.webhooks.actions.queueing import DELIVER, DUE


def _broken(*, tenant: int, delivery: int, turn: int) -> None:
    webhooks.break_try(tenant=tenant, delivery=delivery, turn=turn, clock=utc_now)


@job(DELIVER, queue=WEBHOOKS, on_failure=_broken)
def deliver(*, tenant: int, delivery: int, turn: int) -> None:
    webhooks.deliver(tenant=tenant, delivery=delivery, turn=turn, clock=utc_now)


@job(DUE, queue=WEBHOOKS, on_failure=_broken)
def due(*, tenant: int, delivery: int, turn: int) -> None:
    webhooks.come_due(tenant=tenant, delivery=delivery, turn=turn)
