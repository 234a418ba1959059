"""How the installation does: workers, queues and the database, for the operator's page.

The same figures as monitoring reads (`metric_page`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleetward import __version__
from fleetward.infra import sql
from fleetward.infra.health import WORKER_SECONDS

_SIZE = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True, slots=True)
class QueueState:
    """Jobs of a queue, and how long the one that is due the longest has waited."""

    name: str
    due: int
    later: int
    working: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class InstallationState:
    """`heartbeat_seconds`: since the latest sign of life of any worker, None for none ever.

    `devices` is an estimate that the database keeps anyway.
    """

    version: str
    pools: int
    heartbeat_seconds: float | None
    devices: int
    database_bytes: int
    queues: Sequence[QueueState]

    @property
    def has_worker(self) -> bool:
        return self.pools > 0


def measure() -> InstallationState:
    """Now. The caller has required OPERATE."""
    ((pools, heartbeat, devices),) = sql.fetch(
        "infra", "measure_installation", {"alive": WORKER_SECONDS}
    )
    ((size,),) = sql.fetch_text(_SIZE, [])
    queues = sorted(sql.fetch("infra", "measure_queue"))
    return InstallationState(
        version=__version__,
        pools=pools,
        heartbeat_seconds=None if heartbeat is None else float(heartbeat),
        devices=int(devices),
        database_bytes=size,
        queues=[
            QueueState(name, due, later, working, float(waited))
            for name, due, later, working, waited in queues
        ],
    )
