"""What a bulk change does to one staged slice of its devices, by kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from django.db import connection

from fleetward.access.queries import scope
from fleetward.devices.actions import effects
from fleetward.devices.bulk.contracts import BulkKind, GroupGone
from fleetward.devices.bulk.queries import CONTEXT
from fleetward.devices.bulk.queries.undoing import judge
from fleetward.devices.bulk.rules import Value, is_of_other_maker, is_virtual_anyway
from fleetward.devices.contracts import GroupKind
from fleetward.devices.models import BulkRun, Group
from fleetward.infra import sql
from fleetward.kernel.actor import Actor

Step = Callable[[Actor, BulkRun, datetime], None]


def stage(actor: Actor, run: BulkRun, most: int, *, skips: bool = False) -> int | None:
    """Put the next devices into `bulk_slice`; the last one's id, None when none is left."""
    kind = BulkKind(run.kind)
    params = scope(actor, kind.needs).params(run.tenant_id) | {
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


def _edit(actor: Actor, run: BulkRun, now: datetime) -> None:
    params = _written_by(actor, run, now)
    if run.undo_of_id is not None:
        _write("undo_edit", params | {"undone": run.undo_of_id})
        return
    changes: Mapping[str, Value] = run.params
    known = _makers_and_models() if {"model", "is_virtual"} & changes.keys() else []
    judged = {
        "changes": json.dumps(changes),
        "makers": [maker for maker, _ in known],
        "models": [model for _, model in known],
        "others": [is_of_other_maker(maker, changes) for maker, _ in known],
        "virtuals": [is_virtual_anyway(maker, model, changes) for maker, model in known],
    }
    _write("edit_devices", params | judged)


def _makers_and_models() -> list[tuple[str, str]]:
    """What the rules are asked about: few, however many devices there are."""
    text = "SELECT DISTINCT manufacturer, model FROM bulk_slice WHERE outcome = ''"
    return [(maker, model) for maker, model in sql.fetch_text(text, [])]


def _written_by(actor: Actor, run: BulkRun, now: datetime) -> dict[str, object]:
    """What the history of each device tells."""
    return {
        "tenant": run.tenant_id,
        "run": run.id,
        "actor": actor.name,
        "on_behalf": actor.on_behalf_of,
        "request_id": actor.request_id,
        "now": now,
    }


def _write(statement: str, params: Mapping[str, object]) -> None:
    """Write devices, and let upper contexts follow (W17)."""
    effects.prepare()
    sql.execute(CONTEXT, statement, params)
    _let_follow(cast(int, params["tenant"]))


def _let_follow(tenant: int) -> None:
    if sql.fetch_text("SELECT 1 FROM devices_written LIMIT 1", []):
        effects.take_turn(tenant=tenant)
        effects.apply_effects(tenant=tenant)


def _switch(actor: Actor, run: BulkRun, now: datetime) -> None:
    staged = sql.fetch_text("SELECT device_id FROM bulk_slice WHERE outcome = ''", [])
    params = _written_by(actor, run, now) | {
        "ids": [device for (device,) in staged],
        "to_active": run.kind == BulkKind.RESTORE,
    }
    effects.prepare()
    sql.execute("devices", "close_devices", params)
    sql.execute(CONTEXT, "close_slice")
    _let_follow(run.tenant_id)


def _undo_import(actor: Actor, run: BulkRun, now: datetime) -> None:
    judge(tenant=run.tenant_id, import_run=cast(int, run.import_run_id))
    _write("undo_import", _written_by(actor, run, now))


def _add_members(actor: Actor, run: BulkRun, now: datetime) -> None:
    sql.execute(CONTEXT, "add_members", _written_by(actor, run, now) | _group(run))


def _remove_members(actor: Actor, run: BulkRun, now: datetime) -> None:
    sql.execute(CONTEXT, "remove_members", _written_by(actor, run, now) | _group(run))


def _group(run: BulkRun) -> dict[str, object]:
    """The group, which stays while its members change. Raises: GroupGone."""
    groups = Group.objects.select_for_update(no_key=True)
    wanted = {"tenant_id": run.tenant_id, "uid": run.params["group"], "kind": GroupKind.STATIC}
    group = groups.filter(**wanted).first()
    if group is None:
        raise GroupGone
    return {"group": group.id, "name": group.name}


_STEPS: Mapping[BulkKind, Step] = {
    BulkKind.EDIT: _edit,
    BulkKind.GROUP_ADD: _add_members,
    BulkKind.GROUP_REMOVE: _remove_members,
    BulkKind.DELETE: _switch,
    BulkKind.RESTORE: _switch,
    BulkKind.UNDO_IMPORT: _undo_import,
}
