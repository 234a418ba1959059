"""What becomes of coverage when devices go to another tenant, or come back (X10, X11, T14).

Lines of cover are facts about the machine and follow it. What vendors answered, word for word,
stays with the tenant that asked: it can name it. That, what a tenant was told of the end, and what
a merged listing had, is set aside until the move is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from fleetward.devices.actions import forget_moves
from fleetward.devices.contracts import EffectLine, Move
from fleetward.infra import sql
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.answers import stage_devices
from fleetward.warranty.actions.services import remove_simulated_arrivals_later
from fleetward.warranty.queries.eligible import judging


class CoverageEffect(StrEnum):
    """What a move does to coverage, as a preview counts it (X5)."""

    COVERAGE_FOLLOWS = "COVERAGE_FOLLOWS"
    RUN_LOSES = "RUN_LOSES"


def follow_move(*, move: Move) -> None:
    """Let coverage and lines follow the devices of `devices_moved`, and evidence stay behind.

    A run of the source that is about to ask about one drops it: the mark tells it so, as of a
    device that is deleted. Joins the transaction that moves them.
    """
    merged, parted = _pairs("devices_merged"), _pairs("devices_parted")
    params = {
        "tenant": move.source,
        "target": move.target,
        "reference": move.reference,
        **judging(move.target),
    }
    for tenant in (move.source, move.target) if merged else (move.source,):
        sql.execute("warranty", "mark_identities", {"tenant": tenant})
    sql.execute("warranty", "reassign_coverage", params)
    if merged:
        sql.execute("warranty", "set_aside_merged", params)
        sql.execute("warranty", "purge_replaced", params)
    if parted:
        sql.execute("warranty", "part_known", params)
    # Before a listing's evidence comes to a device that may have the same answer.
    sql.execute("warranty", "set_aside_evidence", params)
    if merged:
        sql.execute("warranty", "merge_known", params)
    sql.execute("warranty", "reassign_lines", params)
    if move.is_return:
        sql.execute("warranty", "restore_set_aside", params)
    if merged:
        _recompute(move.target, [device for device, _ in merged])
    if parted:
        _recompute(move.target, [device for device, _ in parted])
        _recompute(move.source, [listing for _, listing in parted])
    if sql.fetch("warranty", "has_simulated", {})[0][0]:
        remove_simulated_arrivals_later(move.target)


def count_effects(*, move: Move) -> Sequence[EffectLine]:
    """What would follow the devices of `devices_considered`."""
    covered, asked = sql.fetch("warranty", "count_reassigned", {"tenant": move.source})[0]
    return [
        EffectLine(CoverageEffect.COVERAGE_FOLLOWS, covered),
        EffectLine(CoverageEffect.RUN_LOSES, asked),
    ]


def forget_set_aside(*, now: datetime) -> int:
    """Forget what is set aside once its move cannot be taken back; returns how many rows."""
    return forget_moves(now=now, context="warranty", statement="purge_set_aside")


def _pairs(table: str) -> list[tuple[int, int]]:
    """Devices and listings of a temporary table of the move."""
    return [(row[0], row[1]) for row in sql.fetch_text(f"TABLE {table}", [])]


def _recompute(tenant: int, devices: Sequence[int]) -> None:
    stage_devices(devices)
    sql.execute("warranty", "recompute_coverage", {"tenant": tenant, "now": utc_now()})
