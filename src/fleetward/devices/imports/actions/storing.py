"""Storing a batch of a list: one transaction with its outcome rows and its number."""

from __future__ import annotations

from datetime import datetime

from fleetward.devices.actions import effects
from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.actions.batches import CONTEXT
from fleetward.devices.imports.contracts import Batch
from fleetward.devices.imports.queries import batches_of
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor

# A lost race is matched in the next turn; a third one means that nothing settles.
MOST_TURNS = 3


class Overtaken(Exception):
    """The batch is stored already, or the import is to stop: nothing of it must stay."""


class NeverSettles(RuntimeError):
    """Rows kept losing races. The job is tried again."""


def store_batch(*, actor: Actor, run: ImportRun, number: int, now: datetime) -> bool:
    """Store one batch of `run`; False when another worker did, or it is to stop."""
    try:
        with tenant_scope([run.tenant_id]):
            effects.prepare()
            batches.stage(folder_of(run.uid).batch(number))
            _store(run, batches_of(run)[number], actor=actor, now=now)
            _lock_tenant(run.tenant_id)
            if not claim_batch(run, number, now):
                raise Overtaken
            effects.apply_effects(tenant=run.tenant_id)
            ended = sql.fetch(CONTEXT, "close_rows", {"tenant": run.tenant_id, "run": run.id})
            batches.add_counts(run, dict(ended))
    except Overtaken:
        return False
    return True


def claim_batch(run: ImportRun, number: int, now: datetime) -> bool:
    params = {"run": run.id, "tenant": run.tenant_id, "number": number, "now": now}
    return sql.execute(CONTEXT, "claim_batch", params) == 1


def _lock_tenant(tenant: int) -> None:
    """From here on batches of a tenant's imports go one by one."""
    effects.take_turn(tenant=tenant)


def _store(run: ImportRun, batch: Batch, *, actor: Actor, now: datetime) -> None:
    for turn in range(1, MOST_TURNS + 1):
        batches.match(tenant=run.tenant_id, batch=batch, turn=turn)
        params = {
            "tenant": run.tenant_id,
            "run": run.id,
            "round": turn,
            "actor": actor.name,
            "on_behalf": actor.on_behalf_of,
            "request_id": actor.request_id,
            "origin": run.origin,
            "now": now,
        }
        sql.execute(CONTEXT, "change_devices", params)
        sql.execute(CONTEXT, "insert_devices", params)
        if not sql.fetch(CONTEXT, "count_unmatched")[0][0]:
            return
    raise NeverSettles(str(run.uid))
