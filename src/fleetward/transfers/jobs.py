"""Entry points of the queue for transfers."""

from __future__ import annotations

from fleetward.infra.jobs import BULK, CLOCK, IMPORTS, enqueue, job, periodic
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.transfers import actions
from fleetward.transfers.actions.queueing import MATCH, MOVE, MOVE_BACK, READ


def _broken(*, tenant: int, transfer: int) -> None:
    actions.break_transfer(tenant=tenant, transfer=transfer, now=utc_now())


@job(READ, queue=IMPORTS, on_failure=_broken)
def read_transfer(*, tenant: int, transfer: int) -> None:
    actions.read_transfer(tenant=tenant, transfer=transfer, clock=utc_now)


@job(MATCH, queue=IMPORTS, on_failure=_broken)
def match_transfer(*, tenant: int, transfer: int) -> None:
    actions.match_transfer(tenant=tenant, transfer=transfer, clock=utc_now)


@job(MOVE, queue=BULK, on_failure=_broken)
def move_transfer(*, tenant: int, transfer: int) -> None:
    actions.move_transfer(tenant=tenant, transfer=transfer, clock=utc_now)


@job(MOVE_BACK, queue=BULK, on_failure=_broken)
def move_back(*, tenant: int, transfer: int) -> None:
    actions.move_transfer(tenant=tenant, transfer=transfer, clock=utc_now, is_backward=True)


@periodic("transfers.wake", cron="* * * * * */30")
def wake_transfers() -> None:
    actions.wake_transfers(now=utc_now())


@periodic("transfers.discard_stale", cron="43 * * * *")
def discard_stale() -> None:
    """A job for each transfer: one that fails keeps no other from its end."""
    for tenant, transfer in actions.list_stale(now=utc_now()):
        enqueue(
            "transfers.discard",
            key=f"discard-transfer:{transfer}",
            tenant=tenant,
            transfer=transfer,
        )


@job("transfers.discard", queue=CLOCK)
def discard(*, tenant: int, transfer: int) -> None:
    actions.discard_stale(tenant=tenant, transfer=transfer, now=utc_now())


@periodic("transfers.purge", cron="27 4 * * *")
def purge() -> None:
    """A job for each tenant: one that fails keeps no other's rows."""
    actions.remove_orphans(now=utc_now())
    for tenant in list_tenant_ids():
        enqueue("transfers.purge_of", key=f"purge-transfers:{tenant}", tenant=tenant)


@job("transfers.purge_of", queue=CLOCK)
def purge_of(*, tenant: int) -> None:
    actions.purge_transfers(tenant=tenant, now=utc_now())
