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
        stage()
        params = {"tenant": tenant, "providers": json.dumps(offers(tenant)), "now": utc_now()}
        sql.execute("warranty", "purge_coverage", params)
        sql.execute("warranty", "purge_answers", params)
        sql.execute("warranty", "insert_coverage", params)
        if sql.execute("warranty", "match_known", params):
            sql.execute("warranty", "recompute_coverage", params)


register(WarrantyFollows())
