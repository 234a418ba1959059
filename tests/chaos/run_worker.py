"""A worker of one run, as a process that can be killed: `run_worker TENANT RUN MODE`.

It stops where a kill hurts most, says so, and goes on when it is sent a line or nobody can send one
any more: with `store` when a batch, each by itself, is written and not yet committed; with `keep`
after each answer, when none is stored yet. The others are controls: with `store-` and `keep-` what
was answered is in the worker's memory alone; with `close-` a batch is closed before that is stored.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

import django

django.setup()

from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402
from fleetward.warranty.actions import answers, lanes, settling  # noqa: E402
from fleetward.warranty.actions.running import run_lane  # noqa: E402
from tests.bulk import open_providers, row_of  # noqa: E402

PAUSE_SECONDS = 0.1

store, keep, settle = answers.store_answers, lanes.keep_page, settling.settle


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201
    sys.stdin.readline()


def store_and_pause(**what: Any) -> None:
    store(**what)
    say("stored")


def settle_and_store_afterwards(*, tenant: int, **what: Any) -> None:
    """The control: batches are closed, and their pages gone, before their answers are committed."""
    later: list[dict[str, Any]] = []
    vars(settling)["store_answers"] = lambda **answered: later.append(answered)
    settle(tenant=tenant, **what)
    for answered in later:
        say("stored")
        with tenant_scope([tenant]):
            store(**answered)


def keep_and_pause(**what: Any) -> None:
    keep(**what)
    say("kept")


def only_pause(**_: Any) -> None:
    say("kept")


def nothing(**_: Any) -> None:
    """The control."""


def main(tenant: int, run: int, mode: str) -> None:
    if mode.startswith("keep"):
        lanes.STORE_AFTER = timedelta(hours=1)
        vars(lanes)["keep_page"] = keep_and_pause if mode == "keep" else only_pause
    else:
        lanes.STORE_DEVICES = 1
        vars(settling)["store_answers"] = store_and_pause
        if mode == "store-":
            vars(lanes)["keep_page"] = nothing
        if mode == "close-":
            vars(lanes)["settle"] = settle_and_store_afterwards
    while row_of(tenant, run).state.is_open:
        for provider in open_providers(tenant, run):
            run_lane(run_id=run, tenant=tenant, provider=provider, lane=0, now=utc_now())
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
