"""Storing a list over several connections, and ending it when all of it is stored."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection

from fleetward.config.env import env
from fleetward.devices.imports.actions.ending import close_cancelled, close_failed, finish
from fleetward.devices.imports.actions.queueing import requester_of, worker_of
from fleetward.devices.imports.actions.storing import store_batch
from fleetward.devices.imports.contracts import ENDED, ImportState, RightLost
from fleetward.devices.imports.queries import batches_of, find_run, open_batches
from fleetward.devices.imports.store import folder_of
from fleetward.devices.models import ImportRun

Clock = Callable[[], datetime]
Told = Callable[[int], None]


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
        try:
            _store_open(found, clock, told)
        except RightLost as error:
            close_failed(run=found, error=error, now=clock())
        found = find_run(tenant=tenant, run=run)
    if found is None:
        return
    if found.state == ImportState.CANCELLING:
        close_cancelled(run=found, now=clock())
    elif found.state == ImportState.RUNNING:
        # All is stored; without a right to more it is ours to tell.
        finish(actor=requester_of(found) or worker_of(tenant), run=found, now=clock())
    elif found.state in ENDED:
        # Whoever told its end may have been killed before this.
        folder_of(found.uid).discard_work()


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
    """Every `lanes`-th batch, with a look at state and rights before each. Raises: RightLost."""
    while True:
        found = find_run(tenant=run.tenant_id, run=run.id)
        if found is None or found.state != ImportState.RUNNING:
            return
        ours = [number for number in open_batches(found) if number % lanes == lane]
        if not ours:
            return
        actor = requester_of(found)
        if actor is None:
            raise RightLost
        if store_batch(actor=actor, run=found, number=ours[0], now=clock()):
            told(batches_of(found)[ours[0]].rows)
