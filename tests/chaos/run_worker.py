"""A worker of one run, as a process that can be killed: `run_worker TENANT RUN MODE`.

It stops for a moment where a kill hurts most: with `store` when a batch, each by itself, is written
and not yet committed; with `keep` after each answer, when none is stored yet. `store-` and `keep-`
are the controls: what was answered is in the worker's memory alone.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

import django

django.setup()

from fleetward.kernel.clock import utc_now  # noqa: E402
from fleetward.warranty.actions import answers, lanes, settling  # noqa: E402
from fleetward.warranty.actions.running import run_lane  # noqa: E402
from tests.bulk import open_providers, row_of  # noqa: E402

PAUSE_SECONDS = 0.1

store, keep = answers.store_answers, lanes.keep_page


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201
    time.sleep(PAUSE_SECONDS)


def store_and_pause(**what: Any) -> None:
    store(**what)
    say("stored")


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
    while row_of(tenant, run).state.is_open:
        for provider in open_providers(tenant, run):
            run_lane(run_id=run, tenant=tenant, provider=provider, lane=0, now=utc_now())
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
