"""What becomes of coverage when devices are added, change, or go (W17)."""

from __future__ import annotations

from fleetward.infra import sql
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.answers import stage
from fleetward.warranty.queries.eligible import judging


def follow_devices(*, tenant: int) -> None:
    """Keep one coverage row for each active device; an answer for another identity is none.

    An answer for another country stays until the next one (W13), for which the device is due.

    Joins the transaction that wrote the devices of the temporary table `devices_written`.
    """
    # Each statement passes over much; in most batches of an import one of them has work.
    changes = {row[0] for row in sql.fetch_text("SELECT DISTINCT change FROM devices_written", [])}
    if not changes:
        return
    stage()
    params = {"tenant": tenant, "now": utc_now(), **judging(tenant)}
    if changes & {"GONE", "IDENTITY", "QUESTION"}:
        # Of another country too: what is answered meanwhile was asked with the one before.
        sql.execute("warranty", "mark_identities", params)
    if changes & {"GONE", "IDENTITY"}:
        sql.execute("warranty", "purge_coverage", params)
        sql.execute("warranty", "purge_answers", params)
    if "QUESTION" in changes:
        sql.execute("warranty", "follow_question", params)
    if not changes & {"NEW", "IDENTITY"}:
        return
    sql.execute("warranty", "insert_coverage", params)
    if sql.execute("warranty", "match_known", params):
        sql.execute("warranty", "recompute_coverage", params)
