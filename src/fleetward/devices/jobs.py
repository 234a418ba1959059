"""Entry points of the queue for imports and bulk changes."""

from __future__ import annotations

from fleetward.devices.bulk import actions as bulk
from fleetward.devices.bulk.actions.queueing import WORK
from fleetward.devices.imports import actions
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE
from fleetward.infra.jobs import BULK, IMPORTS, job, periodic
from fleetward.kernel.clock import utc_now


def _failed(*, tenant: int, run: int) -> None:
    actions.fail_import(tenant=tenant, run=run, now=utc_now())


@job(ANALYSE, queue=IMPORTS, on_failure=_failed)
def analyse_import(*, tenant: int, run: int) -> None:
    actions.analyse_import(tenant=tenant, run=run, clock=utc_now)


@job(STORE, queue=IMPORTS, on_failure=_failed)
def run_import(*, tenant: int, run: int) -> None:
    actions.run_import(tenant=tenant, run=run, clock=utc_now)


@periodic("devices.wake_imports", cron="* * * * * */30")
def wake_imports() -> None:
    actions.wake_imports(now=utc_now())


@periodic("devices.discard_stale_imports", cron="41 * * * *")
def discard_stale_imports() -> None:
    actions.discard_stale_imports(now=utc_now())


def _broken(*, tenant: int, run: int) -> None:
    bulk.break_bulk(tenant=tenant, run=run)


@job(WORK, queue=BULK, on_failure=_broken)
def work_off_bulk(*, tenant: int, run: int) -> None:
    bulk.work_off(tenant=tenant, run=run, clock=utc_now)


@periodic("devices.wake_bulk", cron="* * * * * */30")
def wake_bulk() -> None:
    bulk.wake_bulk(now=utc_now())


@periodic("devices.purge_selections", cron="53 * * * *")
def purge_selections() -> None:
    bulk.purge_selections(now=utc_now())
