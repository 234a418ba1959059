"""A worker of one bulk change, as a process that can be killed: `bulk_worker TENANT RUN MODE`.

It says when it has changed the devices of a slice, each time, and goes on when it is sent a line.
With `kill` that slice is not committed yet. `kill-` is the control: the outcomes of a slice are
committed before its devices are changed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

import django

django.setup()

from fleetward.devices.bulk.actions import steps, working  # noqa: E402
from fleetward.devices.bulk.actions.queueing import requester_of  # noqa: E402
from fleetward.devices.models import BulkRun  # noqa: E402
from fleetward.infra import sql  # noqa: E402
from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.actor import Actor  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402
from tests.chaos.run_worker import say  # noqa: E402

SLICE = 100

take, work_slice = steps.take, working.work_slice


def take_and_pause(actor: Actor, run: BulkRun, now: datetime) -> None:
    take(actor, run, now)
    say("changed")


def only_note(actor: Actor, run: BulkRun, now: datetime) -> None:
    sql.fetch_text("UPDATE bulk_slice SET outcome = 'DONE' RETURNING 1", [])


def change_after_commit(*, tenant: int, run: int, clock: Callable[[], datetime]) -> bool:
    """The control."""
    with tenant_scope([tenant]):
        before = BulkRun.objects.get(id=run)
    is_left = work_slice(tenant=tenant, run=run, clock=clock)
    say("changed")
    with tenant_scope([tenant]):
        actor = requester_of(before)
        if is_left and actor:
            steps.stage(actor, before, SLICE)
            take(actor, before, clock())
    return is_left


def main(tenant: int, run: int, mode: str) -> None:
    vars(working)["slice_size"] = lambda: SLICE
    vars(steps)["take"] = take_and_pause if mode == "kill" else only_note
    if mode == "kill-":
        vars(working)["work_slice"] = change_after_commit
    working.work_off(tenant=tenant, run=run, clock=utc_now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
