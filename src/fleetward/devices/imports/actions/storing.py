"""Storing a list, batch by batch: each is one transaction with its outcome rows and its counter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection

from fleetward.config.env import env
from fleetward.devices import effects
from fleetward.devices.imports.actions import batches
from fleetward.devices.imports.actions.batches import CONTEXT
from fleetward.devices.imports.actions.ending import close_cancelled, close_failed, finish
from fleetward.devices.imports.actions.queueing import requester_of
from fleetward.devices.imports.contracts import ImportState, RightLost
from fleetward.devices.imports.queries import batches_of, find_run, open_batches
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


class Overtaken(Exception):
    """The batch is stored already, or the import is to stop: nothing of it must stay."""


class NeverSettles(RuntimeError):
    """Rows kept losing races. The job is tried again."""


def _nobody(rows: int) -> None:
    """Nobody is told."""


def lane_count() -> int:
    """Connections that store one list at a time."""
    return env().imports.lanes


def run_import(*, tenant: int, run: int, clock: Clock, told: Told = _nobody) -> None:
    """Store all batches, or stop when somebody cancels. `told`: rows of each batch.

    Audit: import.finished, once.   Repeat: goes on with the batches that are not stored; several
    workers at a time store each batch once.
    """
    found = find_run(tenant=tenant, run=run)
    if found is not None and found.state == ImportState.RUNNING:
        _store_open(found, clock, told)
        found = find_run(tenant=tenant, run=run)
    if found is None:
        return
    if found.state == ImportState.CANCELLING:
        close_cancelled(run=found, now=clock())
    elif found.state == ImportState.RUNNING:
        actor = requester_of(found)
        if actor is None:
            close_failed(run=found, error=RightLost(), now=clock())
        elif not open_batches(found):
            finish(actor=actor, run=found, now=clock())


def _store_open(run: ImportRun, clock: Clock, told: Told) -> None:
    lanes = min(lane_count(), len(open_batches(run)))
    if lanes <= 1:
        _run_lane(run, 0, 1, clock, told)
        return
    with ThreadPoolExecutor(lanes) as pool:
        ended = [
            pool.submit(_run_lane_apart, run, lane, lanes, clock, told) for lane in range(lanes)
        ]
    for lane in ended:
        lane.result()


def _run_lane_apart(run: ImportRun, lane: int, lanes: int, clock: Clock, told: Told) -> None:
    try:
        _run_lane(run, lane, lanes, clock, told)
    finally:
        # This thread's own; it ends with the lane.
        connection.close()


def _run_lane(run: ImportRun, lane: int, lanes: int, clock: Clock, told: Told) -> None:
    """Every `lanes`-th batch. Rights and state are looked at again before each."""
    while True:
        found = find_run(tenant=run.tenant_id, run=run.id)
        if found is None or found.state != ImportState.RUNNING:
            return
        ours = [number for number in open_batches(found) if number % lanes == lane]
        actor = requester_of(found)
        if actor is None or not ours:
            return
        if store_batch(actor=actor, run=found, number=ours[0], now=clock()):
            told(batches_of(found)[ours[0]].rows)


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
    """From here on batches of a tenant's imports go one by one: they share the rows of its tally.

    Taken after the devices are written, most of the work, so that nobody waits for devices with it.
    """
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
