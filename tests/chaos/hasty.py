"""Controls: what workers do when one guard is taken away from them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.db import connection

from fleetward.devices.imports.actions import lanes as importing
from fleetward.devices.imports.actions import storing
from fleetward.devices.models import ImportRun
from fleetward.infra import sql
from fleetward.infra.kept_files import kept_file
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.warranty.actions import lanes as asking
from fleetward.warranty.actions import settling
from fleetward.warranty.exports import actions as exporting
from fleetward.warranty.exports.actions import making
from fleetward.warranty.exports.actions.queueing import worker_of
from fleetward.warranty.exports.contracts import ExportState
from fleetward.warranty.models import Export

STORE_DEVICES = 100


def in_small_steps() -> None:
    """No guard, but as much to go on with for few devices as there is for many otherwise."""
    asking.STORE_DEVICES = STORE_DEVICES


def count_batches_before_they_are_stored() -> None:
    """The number of a batch is committed before its rows."""
    claim, store = storing.claim_batch, storing.store_batch

    def store_batch(*, actor: Actor, run: ImportRun, number: int, now: datetime) -> bool:
        with tenant_scope([run.tenant_id]):
            is_claimed = claim(run, number, now)
        return is_claimed and store(actor=actor, run=run, number=number, now=now)

    vars(storing)["claim_batch"] = lambda *_: True
    vars(importing)["store_batch"] = store_batch


def close_batches_before_their_answers_are_stored() -> None:
    """A batch is closed, and its page gone, before its answers are committed."""
    settle, store = settling.settle, settling.store_answers

    def settle_first(*, tenant: int, **what: Any) -> None:
        later: list[dict[str, Any]] = []
        vars(settling)["store_answers"] = lambda **answered: later.append(answered)
        settle(tenant=tenant, **what)
        for answered in later:
            with tenant_scope([tenant]):
                store(**answered)

    vars(asking)["settle"] = settle_first


def announce_exports_before_they_are_made() -> None:
    """An export is told to be done, and then its file is made."""
    make, done = vars(making)["_make"], making.done

    def make_export(*, tenant: int, export: int, clock: Callable[[], datetime]) -> None:
        with tenant_scope([tenant]):
            found = Export.objects.get(id=export)
        if not ExportState(found.state).is_open:
            return
        empty = kept_file(found.uid).begin() / "empty"
        empty.touch()
        done(actor=worker_of(found), export=found, made=empty, told={}, now=clock())
        _, made, _ = make(found, clock)
        kept_file(found.uid).keep(made)

    vars(making)["_beat"] = lambda *_, **__: None
    vars(exporting)["make_export"] = make_export


def claim_a_day_before_it_is_told() -> None:
    """That the reminders of a day are sent is committed before they are."""
    fetch = sql.fetch

    def fetch_apart(context: str, name: str, params: sql.Params | None = None) -> Any:
        if name != "claim_reminders" or not params:
            return fetch(context, name, params)

        def claim() -> Any:
            try:
                with tenant_scope([params["tenant"]]):
                    return fetch(context, name, params)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(claim).result()

    vars(sql)["fetch"] = fetch_apart


HASTY: dict[str, Callable[[], None]] = {
    guard.__name__: guard
    for guard in (
        count_batches_before_they_are_stored,
        close_batches_before_their_answers_are_stored,
        announce_exports_before_they_are_made,
        claim_a_day_before_it_is_told,
    )
}
