"""What is kept to take a move back, forgotten when that is over (X11)."""

from __future__ import annotations

from datetime import datetime

from fleetward.devices.contracts import MOVES_KEPT
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from fleetward.tenancy.queries import list_tenant_ids

PURGE_AT_ONCE = 50_000


def forget_moves(
    *, now: datetime, context: str = "devices", statement: str = "purge_merged"
) -> int:
    """Forget listings that have merged for good; returns how many. Repeat: does nothing more.

    Other contexts forget by their own `statement` what they have set aside.
    """
    params = {"before": now - MOVES_KEPT, "most": PURGE_AT_ONCE}
    total, found = 0, PURGE_AT_ONCE
    while found == PURGE_AT_ONCE:
        with tenant_scope(list_tenant_ids()):
            found = sql.execute(context, statement, params)
        total += found
    return total
