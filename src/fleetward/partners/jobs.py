"""Entry points of the queue for files of completed courses."""

from __future__ import annotations

from fleetward.infra.jobs import DEFAULT, job, periodic
from fleetward.kernel.clock import utc_now
from fleetward.partners import actions
from fleetward.partners.actions.files import READ
from fleetward.tenancy.queries import find_vendor


def _broken(*, vendor: int, file: int) -> None:
    actions.break_course_file(vendor=vendor, file=file, now=utc_now())


@job(READ, queue=DEFAULT, on_failure=_broken)
def read_course_file(*, vendor: int, file: int) -> None:
    actions.read_course_file(vendor=vendor, file=file, clock=utc_now)


@periodic("partners.purge_course_files", cron="29 4 * * *")
def purge_course_files() -> None:
    if (vendor := find_vendor()) is not None:
        actions.purge_course_files(vendor=vendor.id, now=utc_now())
