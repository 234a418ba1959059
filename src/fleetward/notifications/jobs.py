"""The job of one try of a delivery. Those that come later wait in the queue."""

from __future__ import annotations

from fleetward.infra.jobs import WEBHOOKS, job
from fleetward.kernel.clock import utc_now
from fleetward.notifications.webhooks import actions as webhooks
from fleetward.notifications.webhooks.actions.queueing import DELIVER


def _broken(*, tenant: int, delivery: int, turn: int) -> None:
    webhooks.break_try(tenant=tenant, delivery=delivery, turn=turn, clock=utc_now)


@job(DELIVER, queue=WEBHOOKS, on_failure=_broken)
def deliver(*, tenant: int, delivery: int, turn: int) -> None:
    webhooks.deliver(tenant=tenant, delivery=delivery, turn=turn, clock=utc_now)
