"""Storing a list, batch by batch: each is one transaction with its outcome rows and its counter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from fleetward.devices import effects
from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.actions.batches import CONTEXT
from fleetward.devices.imports.actions.ending import close_cancelled, close_failed, finish
from fleetward.devices.imports.actions.queueing import requester_of
from fleetward.devices.imports.contracts import ImportState, RightLost
from fleetward.devices.imports.queries import batches_of, find_run
from fleetward.devices.imports.staged import Batch
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor

Clock = Callable[[], datetime]
Told = Callable[[int], None]

# A lost race is matched in the next turn; a third one means that nothing settles.
MOST_TURNS = 3
TENANT_LOCK = 7_302


class NeverSettles(RuntimeError):
    """Rows kept losing races. The job is tried again."""


def _nobody(rows: int) -> None:
    """Nobody is told."""


def run_import(*, tenant: int, run: int, clock: Clock, told: Told = _nobody) -> None:
    """Store batch after batch until all are done or somebody cancels. `told`: rows of each batch.

    Audit: import.finished, once.   Repeat: goes on after the last batch that was stored; several
    workers at a time store each batch once.
    """
    while True:
        found = find_run(tenant=tenant, run=run)
        if found is None:
            return
        if found.state == ImportState.CANCELLING:
            close_cancelled(run=found, now=clock())
            return
        if found.state != ImportState.RUNNING:
            return
        actor = requester_of(found)
        if actor is None:
            close_failed(run=found, error=RightLost(), now=clock())
            return
        if found.done_batches == found.batches:
            finish(actor=actor, run=found, now=clock())
            return
        if store_batch(actor=actor, run=found, now=clock()):
            told(batches_of(found)[found.done_batches].rows)


def store_batch(*, actor: Actor, run: ImportRun, now: datetime) -> bool:
    """Store the next batch of `run`; False when another worker did, or it is to stop."""
    number, batch = run.done_batches, batches_of(run)[run.done_batches]
    with tenant_scope([run.tenant_id]):
        if not claim_batch(run, number, now):
            return False
        _lock_tenant(run.tenant_id)
        effects.prepare()
        batches.stage(folder_of(run.uid).batch(number))
        _store(run, batch, actor=actor, now=now)
        effects.apply_effects(tenant=run.tenant_id)
        ended = sql.fetch(CONTEXT, "close_rows", {"tenant": run.tenant_id, "run": run.id})
        batches.add_counts(run, dict(ended))
    return True


def claim_batch(run: ImportRun, number: int, now: datetime) -> bool:
    params = {"run": run.id, "tenant": run.tenant_id, "number": number, "now": now}
    return sql.execute(CONTEXT, "claim_batch", params) == 1


def _lock_tenant(tenant: int) -> None:
    """Batches of a tenant's imports wait for each other: they share the rows of its tally."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TENANT_LOCK, tenant % 2**31])


def _store(run: ImportRun, batch: Batch, *, actor: Actor, now: datetime) -> None:
    for turn in range(1, MOST_TURNS + 1):
        batches.match(tenant=run.tenant_id, batch=batch, turn=turn)
        params = {
            "tenant": run.tenant_id,
            "run": run.id,
            "round": turn,
            "actor": actor.name,
            "request_id": actor.request_id,
            "origin": run.origin,
            "now": now,
        }
        sql.execute(CONTEXT, "change_devices", params)
        sql.execute(CONTEXT, "insert_devices", params)
        if not sql.fetch(CONTEXT, "count_unmatched")[0][0]:
            return
    raise NeverSettles(str(run.uid))
