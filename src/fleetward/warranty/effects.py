"""What warranty does when devices are added, change their identity, or go (design.md 3, W17).

Imported by the app's configuration, which registers it with `devices`.
"""

from __future__ import annotations

import json

from fleetward.devices.effects import register
from fleetward.infra import sql
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.answers import stage
from fleetward.warranty.actions.eligible import offers


class WarrantyFollows:
    """Keeps one coverage row for each active device; an answer for another identity is none."""

    def devices_written(self, *, tenant: int) -> None:
        # Each statement passes over much; in most batches of an import one of them has work.
        changes = {
            row[0] for row in sql.fetch_text("SELECT DISTINCT change FROM devices_written", [])
        }
        if not changes:
            return
        stage()
        params = {"tenant": tenant, "providers": json.dumps(offers(tenant)), "now": utc_now()}
        if changes & {"GONE", "IDENTITY"}:
            sql.execute("warranty", "mark_identities", params)
            sql.execute("warranty", "purge_coverage", params)
            sql.execute("warranty", "purge_answers", params)
        if changes == {"GONE"}:
            return
        sql.execute("warranty", "insert_coverage", params)
        if sql.execute("warranty", "match_known", params):
            sql.execute("warranty", "recompute_coverage", params)


register(WarrantyFollows())
