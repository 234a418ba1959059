"""What is done about transfers by the clock: waking, discarding, forgetting what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.audit.actions import use_case
from fleetward.config.env import env
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.transfers.actions.ending import discard
from fleetward.transfers.actions.queueing import queue, worker_of
from fleetward.transfers.contracts import WAITS_FOR, WORKING, TransferState
from fleetward.transfers.models import Transfer
from fleetward.transfers.queries import CONTEXT, find_transfer
from fleetward.transfers.store import folder_of, folders

LOST_AFTER = timedelta(seconds=60)
PURGE_AT_ONCE = 50_000


def wake_transfers(*, now: datetime) -> int:
    """Queue the transfers whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope(list_tenant_ids()):
        working = Transfer.objects.filter(state__in=sorted(WORKING))
        for found in (lost := list(working.filter(heartbeat_at__lt=now - LOST_AFTER))):
            queue(found)
        return len(lost)


def list_stale(*, now: datetime) -> list[tuple[int, int]]:
    """Transfers that have waited a day for somebody to start them, as tenant and id."""
    with tenant_scope(list_tenant_ids()):
        waiting = Transfer.objects.filter(state=TransferState.READY, created_at__lt=now - WAITS_FOR)
        return list(waiting.order_by("id").values_list("tenant_id", "id"))


def discard_stale(*, tenant: int, transfer: int, now: datetime) -> None:
    """Discard a transfer that nobody has started, and tell.

    Audit: transfer.discarded.   Repeat: what is discarded, or started after all, is left alone.
    """
    found = find_transfer(tenant=tenant, transfer=transfer)
    if found is not None:
        _discard_stale(actor=worker_of(found), transfer=found.id, now=now)


@use_case
def _discard_stale(*, actor: Actor, transfer: int, now: datetime) -> None:
    ours = Transfer.objects.select_for_update(of=("self",)).select_related("tenant", "target")
    held = ours.filter(id=transfer, state=TransferState.READY).first()
    if held is not None:
        discard(actor=actor, held=held, now=now, is_told=True)


def purge_transfers(*, tenant: int, now: datetime) -> int:
    """Forget the rows of what never moved, and after a long time those of all; returns how many.

    The transfers themselves stay, as their entries of the trail do. Repeat: does nothing more.
    """
    before = now - timedelta(days=env().transfers.keep_days)
    with tenant_scope([tenant]):
        own = Transfer.objects.filter(tenant_id=tenant, rows_removed_at=None)
        unmoved = own.filter(state=TransferState.DISCARDED)
        old = unmoved | own.filter(finished_at__lt=before)
        ids = list(old.values_list("id", flat=True))
    for transfer in ids:
        _purge(tenant, transfer, now)
    return len(ids)


def _purge(tenant: int, transfer: int, now: datetime) -> None:
    """Marked last, so that what a killed worker leaves is found again."""
    params = {"transfer": transfer, "most": PURGE_AT_ONCE}
    is_left = True
    while is_left:
        with tenant_scope([tenant]):
            is_left = sql.execute(CONTEXT, "purge_rows", params) == PURGE_AT_ONCE
            if not is_left:
                Transfer.objects.filter(id=transfer).update(rows_removed_at=now)


def remove_orphans(*, now: datetime) -> int:
    """Remove the folders of files that nobody reads any more; returns how many."""
    found = folders()
    with tenant_scope(list_tenant_ids()):
        unread = [TransferState.READING, TransferState.MATCHING]
        kept = set(Transfer.objects.filter(state__in=unread).values_list("uid", flat=True))
    orphans = [
        folder_of(uid)
        for uid, folder in found.items()
        if uid not in kept and folder.is_older_than(now - WAITS_FOR)
    ]
    for folder in orphans:
        folder.discard()
    return len(orphans)
