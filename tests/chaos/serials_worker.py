"""A worker of one serial list, as a process that can be killed: `serials_worker TENANT LIST MODE`.

It stops where a kill hurts most, says so, and goes on when it is sent a line: with `read` when the
file was read and nothing of it is committed, with `match` when the devices of a batch were found
and their outcomes are not committed, with `tell` when all are, and what was found is selected and
told but not committed. `match-` is the control: a batch counts as done before its outcomes are
committed.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from typing import Any

import django
import msgspec

django.setup()

from fleetward.devices.imports.actions import batches  # noqa: E402
from fleetward.devices.imports.contracts import Batch  # noqa: E402
from fleetward.devices.imports.store import folder_of  # noqa: E402
from fleetward.devices.models import SerialList  # noqa: E402
from fleetward.devices.serial_lists.actions import ending, matching, working  # noqa: E402
from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.actor import Actor  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402
from tests.chaos.run_worker import say  # noqa: E402

stage_rows, match, match_next, post = (
    working.stage_rows,
    matching._match,
    matching.match_next,
    ending.post,
)


def stage_and_pause(*what: Any, **more: Any) -> Any:
    staged = stage_rows(*what, **more)
    say("there")
    return staged


def match_and_pause(*what: Any) -> Any:
    found = match(*what)
    say("there")
    return found


def post_and_pause(**what: Any) -> None:
    post(**what)
    say("there")


def match_after_commit(actor: Actor, found: SerialList, now: datetime) -> bool:
    """The control."""
    vars(matching)["_match"] = lambda *_: {}
    is_left = match_next(actor, found, now)
    say("there")
    with tenant_scope([found.tenant_id]):
        held = SerialList.objects.get(id=found.id)
        number = held.done_batches - 1
        if is_left:
            batches.stage(folder_of(held.uid).batch(number))
            cut = msgspec.convert(held.batches, list[Batch])
            ended = match(actor, held, cut[number])
            held.counts = dict(Counter(held.counts) + Counter(ended))
            held.save()
    return is_left


def main(tenant: int, serials: int, mode: str) -> None:
    if mode == "read":
        vars(working)["stage_rows"] = stage_and_pause
    elif mode == "match":
        vars(matching)["_match"] = match_and_pause
    elif mode == "match-":
        vars(working)["match_next"] = match_after_commit
    else:
        vars(ending)["post"] = post_and_pause
    for job in (working.read_serials, working.match_serials):
        job(tenant=tenant, serials=serials, clock=utc_now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
