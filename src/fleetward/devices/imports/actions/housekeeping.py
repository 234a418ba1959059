"""What is done about imports by the clock: waking, discarding, removing what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleetward.audit.actions import record, use_case
from fleetward.audit.contracts import Verb
from fleetward.config.env import env
from fleetward.devices.imports.actions.ending import discard
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE, queue, worker_of
from fleetward.devices.imports.actions.telling import tell_discarded
from fleetward.devices.imports.contracts import ENDED, WORKING, ImportState
from fleetward.devices.imports.store import folder_of, folders
from fleetward.devices.models import Feed, ImportRun, SerialList
from fleetward.infra.tx import after_commit, tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.tenancy.queries import list_tenant_ids

READY_FOR = timedelta(days=1)
LOST_AFTER = timedelta(seconds=60)
# An upload is on disk before its import is in the database.
ORPHAN_AFTER = timedelta(days=1)


def stale_imports(*, now: datetime) -> list[tuple[int, int]]:
    """Imports that have waited a day for somebody to start them, as tenant and id."""
    with tenant_scope(list_tenant_ids()):
        waiting = ImportRun.objects.filter(state=ImportState.READY, created_at__lt=now - READY_FOR)
        return list(waiting.order_by("id").values_list("tenant_id", "id"))


def discard_stale(*, tenant: int, run: int, now: datetime) -> None:
    """Discard an import that nobody has started, and tell.

    Audit: import.discarded.   Repeat: what is discarded, or started after all, is left alone.
    """
    _discard_stale(actor=worker_of(tenant), tenant=tenant, run_id=run, now=now)


@use_case
def _discard_stale(*, actor: Actor, tenant: int, run_id: int, now: datetime) -> None:
    run = ImportRun.objects.select_for_update().filter(tenant_id=tenant, id=run_id).first()
    if run is not None and run.state == ImportState.READY:
        discard(run, actor=actor, now=now)
        tell_discarded(run, now)


def remove_old_rows(*, tenant: int, now: datetime) -> int:
    """Remove the rows of imports that ended long ago; their outcomes stay. Returns how many.

    Audit: import.rows_removed, one entry for all.   Repeat: does nothing more.
    """
    return _remove_old_rows(actor=worker_of(tenant), tenant=tenant, now=now)


@use_case
def _remove_old_rows(*, actor: Actor, tenant: int, now: datetime) -> int:
    ended_before = now - timedelta(days=env().imports.keep_days)
    old = ImportRun.objects.filter(
        tenant_id=tenant, state__in=ENDED, finished_at__lt=ended_before, rows_removed_at=None
    )
    uids = list(old.select_for_update().order_by("id").values_list("uid", flat=True))
    ImportRun.objects.filter(uid__in=uids).update(rows_removed_at=now)
    # Of a list that was refused or discarded nothing has been kept.
    kept = sum(folder_of(uid).rows.exists() for uid in uids)
    if kept:
        record(
            actor=actor,
            verb=Verb.IMPORT_ROWS_REMOVED,
            tenant=tenant,
            details={"imports": kept, "ended_before": ended_before.isoformat()},
            now=now,
        )

    def remove() -> None:
        for uid in uids:
            folder_of(uid).discard()

    # Marked first: what a crash leaves then is an orphan, and no page offers what is gone.
    after_commit(remove)
    return kept


def remove_orphans(*, now: datetime) -> int:
    """Remove the folders of uploads that have become no import, or whose rows are to be gone.

    Those of serial lists and feeds lie among them, and stay until a worker is done with them.
    Returns how many. Repeat: does nothing more.
    """
    found = folders()
    with tenant_scope(list_tenant_ids()):
        kept = set(ImportRun.objects.filter(rows_removed_at=None).values_list("uid", flat=True))
        kept |= set(SerialList.objects.filter(state="READING").values_list("uid", flat=True))
        kept |= set(Feed.objects.filter(finished_at=None).values_list("uid", flat=True))
    orphans = [
        folder
        for uid, folder in found.items()
        if uid not in kept and folder.is_older_than(now - ORPHAN_AFTER)
    ]
    for folder in orphans:
        folder.discard()
    return len(orphans)


def wake_imports(*, now: datetime) -> int:
    """Queue the imports whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope(list_tenant_ids()):
        lost = ImportRun.objects.filter(
            state__in=sorted(WORKING), heartbeat_at__lt=now - LOST_AFTER
        )
        for run in (found := list(lost)):
            is_unread = run.state in {ImportState.UPLOADED, ImportState.ANALYSING}
            queue(run, ANALYSE if is_unread else STORE)
        return len(found)
