"""What becomes of credentials when devices are deleted, are other machines now, or move."""

from __future__ import annotations

from collections.abc import Sequence

from fleetward.agents.contracts import PresenceEffect
from fleetward.devices.contracts import EffectLine, Move
from fleetward.infra import sql


def follow_devices(*, tenant: int) -> None:
    """End the credentials of devices that were deleted, or are another machine by now.

    Joins the transaction that wrote the devices of the temporary table `devices_written`.
    """
    sql.execute("agents", "purge_agents", {"tenant": tenant})


def follow_move(*, move: Move) -> None:
    """Let credentials follow devices to another tenant, or back: the machine is the same (X10).

    One that asked in the target too, by its key, goes on with what it was told there. Who was
    signed in last stays behind. Joins the transaction that moves them.
    """
    params = {"tenant": move.source, "target": move.target}
    sql.execute("agents", "merge_agents", params)
    sql.execute("agents", "part_agents", params)
    sql.execute("agents", "end_repeated", params)
    sql.execute("agents", "reassign_agents", params)


def count_left(*, move: Move) -> Sequence[EffectLine]:
    """Of how many devices of `devices_considered` the source keeps who was signed in, and where.

    A machine goes on with its credential: nobody has anything to decide about it.
    """
    ((left,),) = sql.fetch("agents", "count_presence", {"tenant": move.source})
    return [EffectLine(PresenceEffect.PRESENCE_STAYS, left)]
