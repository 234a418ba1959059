"""Entry points of the queue for imports, serial lists, feeds, bulk changes and the archive."""

from __future__ import annotations

from fleetward.devices.actions import archive_devices, forget_moves, tenants_to_archive
from fleetward.devices.bulk import actions as bulk
from fleetward.devices.bulk.actions.queueing import WORK
from fleetward.devices.feeds import actions as feeds
from fleetward.devices.feeds.actions.queueing import RUN
from fleetward.devices.imports import actions
from fleetward.devices.imports.actions.queueing import ANALYSE, STORE
from fleetward.devices.serial_lists import actions as serial_lists
from fleetward.devices.serial_lists.actions.queueing import MATCH, READ
from fleetward.infra.jobs import BULK, CLOCK, IMPORTS, enqueue, job, periodic
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.queries import find_vendor, list_tenant_ids


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
    """A job for each import: one that fails keeps no other from its end."""
    for tenant, run in actions.stale_imports(now=utc_now()):
        enqueue("devices.discard_import", key=f"discard-import:{run}", tenant=tenant, run=run)


@job("devices.discard_import", queue=CLOCK)
def discard_import(*, tenant: int, run: int) -> None:
    actions.discard_stale(tenant=tenant, run=run, now=utc_now())


@periodic("devices.remove_old_rows", cron="23 4 * * *")
def remove_old_rows() -> None:
    """A job for each tenant: one that fails keeps no other's rows."""
    for tenant in list_tenant_ids():
        enqueue("devices.remove_rows_of", key=f"remove-rows:{tenant}", tenant=tenant)


@job("devices.remove_rows_of", queue=CLOCK)
def remove_rows_of(*, tenant: int) -> None:
    actions.remove_old_rows(tenant=tenant, now=utc_now())
    serial_lists.purge_serials(tenant=tenant, now=utc_now())


@periodic("devices.remove_orphans", cron="53 4 * * *")
def remove_orphans() -> None:
    actions.remove_orphans(now=utc_now())


def _unread(*, tenant: int, serials: int) -> None:
    serial_lists.break_serials(tenant=tenant, serials=serials, now=utc_now())


@job(READ, queue=IMPORTS, on_failure=_unread)
def read_serials(*, tenant: int, serials: int) -> None:
    serial_lists.read_serials(tenant=tenant, serials=serials, clock=utc_now)


@job(MATCH, queue=IMPORTS, on_failure=_unread)
def match_serials(*, tenant: int, serials: int) -> None:
    serial_lists.match_serials(tenant=tenant, serials=serials, clock=utc_now)


@periodic("devices.wake_serials", cron="* * * * * */30")
def wake_serials() -> None:
    serial_lists.wake_serials(now=utc_now())


def _feed_broken(*, vendor: int, feed: int) -> None:
    feeds.break_feed(vendor=vendor, feed=feed, now=utc_now())


@job(RUN, queue=IMPORTS, on_failure=_feed_broken)
def run_feed(*, vendor: int, feed: int) -> None:
    feeds.run_feed(vendor=vendor, feed=feed, clock=utc_now)


@periodic("devices.wake_feeds", cron="* * * * * */30")
def wake_feeds() -> None:
    if (vendor := find_vendor()) is not None:
        feeds.wake_feeds(vendor=vendor.id, now=utc_now())


@periodic("devices.purge_feeds", cron="19 4 * * *")
def purge_feeds() -> None:
    if (vendor := find_vendor()) is not None:
        feeds.purge_feeds(vendor=vendor.id, now=utc_now())


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


@periodic("devices.archive", cron="35 * * * *")
def archive() -> None:
    """A job for each tenant where a day has begun that is one too many: none waits for another.

    Not in the queue of the clock, which must never wait: there may be many devices.
    """
    for tenant in tenants_to_archive(now=utc_now()):
        enqueue("devices.archive_of", key=f"archive:{tenant}", tenant=tenant)


@job("devices.archive_of", queue=BULK)
def archive_of(*, tenant: int) -> None:
    archive_devices(tenant=tenant, clock=utc_now)


@periodic("devices.forget_moves", cron="13 4 * * *")
def forget_merged() -> None:
    forget_moves(now=utc_now())
