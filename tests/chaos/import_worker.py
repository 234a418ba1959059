"""A worker of one import, as a process that can be killed: `import_worker TENANT RUN MODE`.

It stops for a moment where a kill hurts most and says so. The modes with a minus are the controls:
the same worker with one guard taken away.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime

import django

django.setup()

from fleetward.devices.actions import effects  # noqa: E402
from fleetward.devices.imports.actions import lanes, run_import, storing  # noqa: E402
from fleetward.devices.models import ImportRun  # noqa: E402
from fleetward.infra import sql  # noqa: E402
from fleetward.infra.tx import tenant_scope  # noqa: E402
from fleetward.kernel.actor import Actor  # noqa: E402
from fleetward.kernel.clock import utc_now  # noqa: E402

PAUSE_SECONDS = 0.1
ON_CONFLICT = "ON CONFLICT (tenant_id, serial, manufacturer, product_number) DO NOTHING"

claim, store = storing.claim_batch, storing.store_batch


def say(word: str) -> None:
    print(word, flush=True)  # noqa: T201
    time.sleep(PAUSE_SECONDS)


def claim_and_pause(run: ImportRun, number: int, now: datetime) -> bool:
    claimed = claim(run, number, now)
    say("claimed")
    return claimed


def store_after_commit_of_claim(
    *, actor: Actor, run: ImportRun, number: int, now: datetime
) -> bool:
    """The control: the batch is counted before its rows are committed."""
    with tenant_scope([run.tenant_id]):
        claimed = claim(run, number, now)
    say("claimed")
    storing.claim_batch = lambda *_: claimed
    return store(actor=actor, run=run, number=number, now=now)


def without_conflict_clause(statement: Callable[[str, str], str]) -> Callable[[str, str], str]:
    return lambda context, name: statement(context, name).replace(ON_CONFLICT, "")


def main(tenant: int, run: int, mode: str) -> None:
    if mode == "kill":
        storing.claim_batch = claim_and_pause
    if mode == "kill-":
        lanes.store_batch = store_after_commit_of_claim
    if mode.startswith("race"):
        apply = effects.apply_effects

        def apply_and_pause(*, tenant: int) -> None:
            apply(tenant=tenant)
            say("inserted")

        effects.apply_effects = apply_and_pause
        # Racing writers outside of imports take no such lock: the statements must do without it.
        storing._lock_tenant = lambda tenant: None
    if mode == "race-":
        sql.statement = without_conflict_clause(sql.statement)
    run_import(tenant=tenant, run=run, clock=utc_now)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
