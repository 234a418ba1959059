"""A worker of one transfer, as a process to be killed: `transfer_worker TENANT TRANSFER MODE`.

It stops where a kill hurts most, says so, and goes on when it is sent a line: with `read` when the
file was read and nothing of it is committed, with `match` when the rows of a batch were stored and
are not committed, with `move` when the devices of a slice have moved and neither they nor their
outcomes are committed, with `tell` when all are, and its end is told but not committed. `move-` is
the control: the devices of a slice are committed before their outcomes.
"""

from __future__ import annotations

import sys
from typing import Any

import django

django.setup()

from fleetward.config.env import env  # noqa: E402
from fleetward.devices.imports.actions import naming  # noqa: E402
from fleetward.infra import sql  # noqa: E402
from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402
from fleetward.transfers.actions import ending, executing, matching, moving, reading, telling  # noqa: E402
from fleetward.transfers.actions.queueing import requester_of  # noqa: E402
from fleetward.transfers.queries import find_transfer  # noqa: E402
from tests.chaos.run_worker import say  # noqa: E402

stage_names, counted, move_devices, tell_over = (
    naming.stage_names,
    matching._counted,
    moving.move_devices,
    telling.tell_over,
)


def pausing(step: Any) -> Any:
    def inner(*what: Any, **more: Any) -> Any:
        done = step(*what, **more)
        say("there")
        return done

    return inner


def moved_apart(tenant: int, transfer: int) -> None:
    """The control moves the first slice, and commits that alone."""
    found = find_transfer(tenant=tenant, transfer=transfer)
    assert found is not None
    actor = requester_of(found)
    assert actor is not None
    with tenant_scope(actor.tenants):
        params = {
            "tenant": tenant,
            "transfer": transfer,
            "after": 0,
            "before": 2**31 - 1,
            "is_backward": False,
            "holder": tenant,
            "most": env().transfers.slice_rows,
        }
        ((_, _, devices),) = sql.fetch("transfers", "list_slice", params)
        move_devices(actor=actor, found=found, devices=devices, now=utc_now())
    say("there")


def main(tenant: int, transfer: int, mode: str) -> None:
    if mode == "read":
        vars(reading)["stage_names"] = pausing(stage_names)
        reading.read_transfer(tenant=tenant, transfer=transfer, clock=utc_now)
    elif mode == "match":
        vars(matching)["_counted"] = pausing(counted)
        matching.match_transfer(tenant=tenant, transfer=transfer, clock=utc_now)
    elif mode == "move-":
        moved_apart(tenant, transfer)
    elif mode == "move":
        vars(executing)["move_devices"] = pausing(move_devices)
        executing.move_transfer(tenant=tenant, transfer=transfer, clock=utc_now)
    else:
        vars(ending)["tell_over"] = pausing(tell_over)
        executing.move_transfer(tenant=tenant, transfer=transfer, clock=utc_now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
