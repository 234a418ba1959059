"""What is done about exports by the clock: waking them, and removing files that are too old."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from fleetward.infra.kept_files import kept_file, kept_files
from fleetward.infra.tx import after_commit, tenant_scope
from fleetward.tenancy.queries import list_tenant_ids
from fleetward.warranty.exports.actions.queueing import queue
from fleetward.warranty.exports.contracts import ExportState
from fleetward.warranty.models import Export

LOST_AFTER = timedelta(seconds=60)
ORPHAN_AFTER = timedelta(days=1)
_OPEN = [str(state) for state in ExportState if state.is_open]
# Those that have a file, or will have one.
WITH_FILE = Q(state__in=[*_OPEN, ExportState.DONE], removed_at=None)


def wake_exports(*, now: datetime) -> int:
    """Queue the exports whose worker is gone (hardening, 6); returns how many."""
    with tenant_scope(list_tenant_ids()):
        lost = Export.objects.filter(state__in=_OPEN, heartbeat_at__lt=now - LOST_AFTER)
        for export in (found := list(lost)):
            queue(export)
        return len(found)


def remove_old_exports(*, now: datetime) -> int:
    """Remove the files that were kept long enough, and what a crash has left; returns how many.

    The exports stay and say that their file is gone.   Repeat: does nothing more.
    """
    with tenant_scope(list_tenant_ids()):
        removed = remove_files(Export.objects.filter(expires_at__lt=now), now)
    return removed + _remove_orphans(before=now - ORPHAN_AFTER)


def settle_restored(*, now: datetime) -> int:
    """After a restore: backups hold no files of exports, so those that are not here are gone.

    Files that no restored export has are of an installation that was replaced, and are removed.
    Returns how many exports have lost theirs.   Repeat: does nothing more.
    """
    with tenant_scope(list_tenant_ids()):
        having = Export.objects.filter(state=ExportState.DONE, removed_at=None)
        uids = having.order_by("id").values_list("uid", flat=True)
        lost = [uid for uid in uids if not kept_file(uid).path.exists()]
        having.filter(uid__in=lost).update(removed_at=now)
    _remove_orphans(before=now)
    return len(lost)


def remove_files(exports: QuerySet[Export], now: datetime) -> int:
    """Remove the files of those that have one, once the transaction is over; returns how many."""
    having = exports.filter(state=ExportState.DONE, removed_at=None)
    uids = [export.uid for export in having.order_by("id").select_for_update()]
    # Marked first: what a crash leaves then is an orphan, and no page offers what is gone.
    Export.objects.filter(uid__in=uids).update(removed_at=now)

    def remove() -> None:
        for uid in uids:
            kept_file(uid).discard()

    after_commit(remove)
    return len(uids)


def _remove_orphans(*, before: datetime) -> int:
    """Of files to which nothing was added since then."""
    found = kept_files()
    with tenant_scope(list_tenant_ids()):
        kept = set(Export.objects.filter(WITH_FILE).values_list("uid", flat=True))
    orphans = [
        file for uid, file in found.items() if uid not in kept and file.is_older_than(before)
    ]
    for file in orphans:
        file.discard()
    return len(orphans)
