"""A worker of one run, as a process that can be killed: `run_worker TENANT RUN MODE`.

It stores each batch by itself and stops for a moment where a kill hurts most: when answers are
written and not yet committed. `kill-` is the control, with one guard taken away.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import Any

import django

django.setup()

from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402
from fleetward.warranty.actions import answers, lanes, settling  # noqa: E402
from fleetward.warranty.actions.running import run_lane  # noqa: E402
from tests.bulk import open_providers, row_of  # noqa: E402

PAUSE_SECONDS = 0.1

store, settle = answers.store_answers, settling.settle


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201
    time.sleep(PAUSE_SECONDS)


def store_and_pause(**what: Any) -> None:
    store(**what)
    say("stored")


def settle_after_commit_of_answers(*, tenant: int, moves: Any, now: datetime, **rest: Any) -> None:
    """The control: answers are committed before the batch is closed."""
    answered = [
        (device, answer, move.is_simulated)
        for move in moves
        for device, answer in move.answered.items()
    ]
    with tenant_scope([tenant]):
        store(tenant=tenant, source="dell", answers=answered, now=now)
    say("stored")
    settle(tenant=tenant, moves=moves, now=now, **rest)


def main(tenant: int, run: int, mode: str) -> None:
    lanes.STORE_DEVICES = 1
    if mode == "kill":
        vars(settling)["store_answers"] = store_and_pause
    if mode == "kill-":
        vars(lanes)["settle"] = settle_after_commit_of_answers
    while row_of(tenant, run).state.is_open:
        for provider in open_providers(tenant, run):
            run_lane(run_id=run, tenant=tenant, provider=provider, lane=0, now=utc_now())
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
