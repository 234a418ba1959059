"""A worker of the undo of an import, as a process to be killed: `undo_worker TENANT RUN MODE`.

It stops for a moment where a kill hurts most and says so. `kill-` is the control: a worker whose
mark is committed before the devices are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime

import django

django.setup()

from fleetward.devices.bulk.actions import steps, working  # noqa: E402
from fleetward.devices.models import BulkRun  # noqa: E402
from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.actor import Actor, system_actor  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402

PAUSE_SECONDS = 0.1
SLICE = 100

take, work_slice = steps.take, working.work_slice


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201
    time.sleep(PAUSE_SECONDS)


def take_and_pause(actor: Actor, run: BulkRun, now: datetime) -> None:
    take(actor, run, now)
    say("taken")


def mark_first(*, tenant: int, run: int, clock: Callable[[], datetime]) -> bool:
    """The control: the mark goes on in a transaction of its own, before the slice is worked on."""
    with tenant_scope([tenant]):
        found = BulkRun.objects.get(id=run)
        before = found.done_to
        last = steps.stage(system_actor("Test", tenant), found, SLICE)
        if last is not None:
            BulkRun.objects.filter(id=run).update(done_to=last)
    say("taken")
    with tenant_scope([tenant]):
        if last is not None:
            BulkRun.objects.filter(id=run).update(done_to=before)
        return work_slice(tenant=tenant, run=run, clock=clock)


def main(tenant: int, run: int, mode: str) -> None:
    working.slice_size = lambda: SLICE
    if mode == "kill":
        steps.take = take_and_pause
    if mode == "kill-":
        working.work_slice = mark_first
    working.work_off(tenant=tenant, run=run, clock=utc_now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
