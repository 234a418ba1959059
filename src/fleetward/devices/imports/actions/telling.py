"""What an import tells people, each thing once: that it waits for them, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fleetward.devices.models import ImportRun
from fleetward.notifications.actions import post
from fleetward.notifications.contracts import Kind, Level
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids


def tell_ready(run: ImportRun, now: datetime) -> None:
    """Whoever sent the list; the command line is there and asks by itself.

    Told once, although columns that are matched anew have the list analysed again.
    """
    if run.user_id is not None:
        _tell(run, Kind.IMPORT_READY, Level.INFO, now, users=[run.user_id], suffix=":ready")


def tell_discarded(run: ImportRun, now: datetime) -> None:
    _tell_end(run, Kind.IMPORT_DISCARDED, Level.WARNING, now)


def tell_done(run: ImportRun, now: datetime) -> None:
    _tell_end(run, Kind.IMPORT_DONE, Level.WARNING if run.refused else Level.INFO, now)


def tell_refused(run: ImportRun, now: datetime) -> None:
    _tell_end(run, Kind.IMPORT_REFUSED, Level.ERROR, now)


def tell_failed(run: ImportRun, now: datetime) -> None:
    _tell_end(run, Kind.IMPORT_FAILED, Level.ERROR, now)


def tell_cancelled(run: ImportRun, now: datetime) -> None:
    _tell_end(run, Kind.IMPORT_CANCELLED, Level.INFO, now)


def _tell_end(run: ImportRun, kind: Kind, level: Level, now: datetime) -> None:
    """Whoever sent the list; for one of the command line, those who may import."""
    admins = [Role.IT_ADMIN, Role.DEVICE_ADMIN]
    users = [run.user_id] if run.user_id else list_member_ids(tenant=run.tenant_id, roles=admins)
    _tell(run, kind, level, now, users=users)


def _tell(
    run: ImportRun,
    kind: Kind,
    level: Level,
    now: datetime,
    *,
    users: Iterable[int],
    suffix: str = "",
) -> None:
    customer_id = get_tenant_by_id(run.tenant_id).customer_id
    post(
        tenant=run.tenant_id,
        users=users,
        kind=kind,
        level=level,
        key=f"import:{run.uid}{suffix}",
        params={
            "file": run.file_name,
            "created": run.new,
            "changed": run.changed,
            "refused": run.refused,
            "done": run.done_rows - run.skipped,
        },
        link=f"/t/{customer_id}/imports/{run.uid}/",
        now=now,
    )
