"""Giving devices the plan of a licence key: those without a seat, or all (L3)."""

from __future__ import annotations

import json
from datetime import datetime

from fleetward.access.contracts import Capability
from fleetward.access.queries import require, scope
from fleetward.audit.actions import use_case
from fleetward.devices.bulk.actions.selecting import store_selection
from fleetward.devices.bulk.actions.starting import start_bulk
from fleetward.devices.bulk.contracts import BulkKind, BulkRow, Found
from fleetward.kernel.actor import Actor
from fleetward.tenancy.licences.queries import get_licensing, numbers_to_move, require_plan

# Of each plan so many, what was added last first. It reads all devices, once for a new key.
_LATEST = """
SELECT x.id, x.updated_at
FROM (
    SELECT
        d.id, d.updated_at, coalesce(nullif(d.plan, ''), %(own)s) AS plan,
        row_number() OVER (
            PARTITION BY coalesce(nullif(d.plan, ''), %(own)s) ORDER BY d.created_at DESC, d.id DESC
        ) AS place
    FROM devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
    WHERE d.tenant_id = %(tenant)s::bigint AND d.is_active
) x
JOIN jsonb_each_text(%(numbers)s::jsonb) n ON n.key = x.plan AND x.place <= n.value::bigint
"""


@use_case
def move_to_plan(
    *, actor: Actor, tenant: int, plan: str, now: datetime, moves_all: bool = False
) -> BulkRow:
    """Begin to give a plan to as many devices without a seat as it has free seats, those first that
    were added last; `moves_all`: to all that have another. As `start_bulk` does, with its undo.

    Raises: NotFound, Forbidden, PlanWithoutKey, NothingSelected, TooManyDevices, TooManySelections.
    """
    require(actor, Capability.EDIT_DEVICES, tenant=tenant)
    require_plan(actor=actor, tenant=tenant, plan=plan, today=now.date())
    standing = get_licensing(actor=actor, tenant=tenant, today=now.date())
    numbers = numbers_to_move(standing, plan, moves_all=moves_all)
    params = scope(actor, Capability.EDIT_DEVICES).params(tenant) | {
        "own": standing.plan.code,
        "numbers": json.dumps(numbers),
    }
    chosen = store_selection(
        actor=actor, tenant=tenant, found=Found(_LATEST, params), query="", is_whole=False, now=now
    )
    return start_bulk(
        actor=actor,
        tenant=tenant,
        kind=BulkKind.EDIT,
        selection=chosen.uid,
        params={"plan": plan},
        now=now,
    )
