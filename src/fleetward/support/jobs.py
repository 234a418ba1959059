"""What is done about requests by the clock."""

from __future__ import annotations

from fleetward.infra.jobs import periodic
from fleetward.kernel.clock import utc_now
from fleetward.support.actions import remove_orphans


@periodic("support.remove_orphans", cron="40 3 * * *")
def remove_files() -> None:
    remove_orphans(now=utc_now())
