"""Cutting a tenant's devices into batches: by statements over slices, each its own transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from fleetward.access.contracts import Scope
from fleetward.infra import sql
from fleetward.warranty.actions.eligible import offers
from fleetward.warranty.models import Run

SLICE = 50_000


def plan_slice(
    run: Run, *, sight: Scope, now: datetime, only: Sequence[int] | None = None
) -> tuple[int, int]:
    """Plan the devices after `run.planned_to`; how many they were and the id of the last one.

    Within the caller's transaction, which also stores the new `planned_to`: so it can be resumed.
    """
    planned = sql.fetch(
        "warranty",
        "plan_batches",
        {
            "tenants": list(sight.tenants),
            "locations": list(sight.locations),
            "capability": sight.capability,
            "tenant": run.tenant_id,
            "run": run.id,
            "after": run.planned_to,
            "most": SLICE,
            "only": list(only) if only is not None else None,
            "now": now,
            "providers": json.dumps(offers(run.tenant_id)),
        },
    )
    count, last = planned[0]
    return int(count), int(last)
