"""What a bulk change does to one staged slice of its devices, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import connection

from fleetward.devices.bulk.contracts import BulkKind, GroupGone
from fleetward.devices.bulk.queries import CONTEXT, sight
from fleetward.devices.contracts import GroupKind
from fleetward.devices.models import BulkRun, Group
from fleetward.infra import sql
from fleetward.kernel.actor import Actor

Step = Callable[[Actor, BulkRun, datetime], None]


def stage(actor: Actor, run: BulkRun, most: int, *, skips: bool = False) -> int | None:
    """Put the next devices into `bulk_slice`; the last one's id, None when none is left."""
    kind = BulkKind(run.kind)
    params = sight(actor, run.tenant_id, kind.needs) | {
        "selection": run.selection_id,
        "after": run.done_to,
        "most": most,
        "wants_active": kind is not BulkKind.RESTORE,
        "latest_of": run.undo_of_id if kind is BulkKind.RESTORE else None,
        "skips": skips,
    }
    sql.execute(CONTEXT, "prepare_slice")
    if not (skips or kind.of_group):
        sql.fetch(CONTEXT, "lock_slice", params)
    sql.execute(CONTEXT, "stage_slice", params)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bulk_slice")
        cursor.execute("SELECT max(device_id) FROM bulk_slice")
        (last,) = cursor.fetchone() or (None,)
    return last


def take(actor: Actor, run: BulkRun, now: datetime) -> None:
    """Do what is wanted to the staged devices that have no outcome yet. Raises: GroupGone."""
    _STEPS[BulkKind(run.kind)](actor, run, now)


def _add_members(actor: Actor, run: BulkRun, now: datetime) -> None:
    params = {"tenant": run.tenant_id, "group": _group(run)}
    sql.execute(CONTEXT, "add_members", params)


def _remove_members(actor: Actor, run: BulkRun, now: datetime) -> None:
    params = {"tenant": run.tenant_id, "group": _group(run)}
    sql.execute(CONTEXT, "remove_members", params)


def _group(run: BulkRun) -> int:
    """The group, which stays while its members change. Raises: GroupGone."""
    groups = Group.objects.select_for_update(no_key=True)
    wanted = {"tenant_id": run.tenant_id, "uid": run.params["group"], "kind": GroupKind.STATIC}
    group = groups.filter(**wanted).first()
    if group is None:
        raise GroupGone
    return group.id


_STEPS: Mapping[BulkKind, Step] = {
    BulkKind.GROUP_ADD: _add_members,
    BulkKind.GROUP_REMOVE: _remove_members,
}
