"""Cutting a tenant's devices into batches: by statements over slices, each its own transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from fleetward.access.contracts import Scope
from fleetward.infra import sql
from fleetward.tenancy.queries import get_tenant_by_id
from fleetward.warranty.models import Run
from fleetward.warranty.queries.eligible import offers

SLICE = 50_000


def plan_slice(run: Run, *, sight: Scope, now: datetime) -> tuple[int, int]:
    """Plan the devices after `run.planned_to`; how many they were and the id of the last one.

    Of a scheduled run only devices that are due and can be asked about are planned. The id is 0
    when none was left. Within the caller's transaction, which also stores the new `planned_to`: so
    it can be resumed.
    """
    count, last, _ = _plan(run, sight, now, after=run.planned_to, only=None)
    return count, last


def plan_devices(run: Run, devices: Sequence[int], *, sight: Scope, now: datetime) -> list[int]:
    """Plan these devices, within the caller's transaction; those that are there to be planned."""
    return _plan(run, sight, now, after=0, only=list(devices))[2] or []


def _plan(
    run: Run, sight: Scope, now: datetime, *, after: int, only: list[int] | None
) -> tuple[int, int, list[int] | None]:
    planned = sql.fetch(
        "warranty",
        "plan_batches",
        {
            "tenants": list(sight.tenants),
            "locations": list(sight.locations),
            "capability": sight.capability,
            "tenant": run.tenant_id,
            "run": run.id,
            "after": after,
            "most": SLICE,
            "only": only,
            "now": now,
            "providers": json.dumps(offers(run.tenant_id)),
            "due_on": run.scheduled_on,
            "zone": get_tenant_by_id(run.tenant_id).settings.time_zone,
        },
    )
    count, last, devices = planned[0]
    return count, last, devices
