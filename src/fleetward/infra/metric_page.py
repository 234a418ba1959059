"""What monitoring reads: the counts of this machine's processes, and the state of the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from fleetward import __version__
from fleetward.infra import sql
from fleetward.infra.health import WORKER_SECONDS
from fleetward.infra.metric_files import files_of


def page_for(folder: Path) -> CollectorRegistry:
    """Everything that is collected anew each time that somebody reads."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Counts(folder))
    registry.register(Installation())
    return registry


class Counts(Collector):
    """What processes have counted, summed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        try:
            return self._summed()
        except FileNotFoundError:
            # A command was started again between looking and reading.
            return self._summed()

    def _summed(self) -> Iterable[Metric]:
        merge: Callable[[list[str]], Iterable[Metric]] = MultiProcessCollector.merge
        return merge(files_of(self._folder))


class Installation(Collector):
    """What only the database knows: the same on every machine of an installation."""

    def __init__(self) -> None:
        # A queue that runs empty is told as empty and not left out.
        self._queues: set[str] = set()

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("fleetward_build", "This version.", {"version": __version__})
        try:
            queues = {str(name): found for name, *found in sql.fetch("infra", "measure_queue")}
            ((workers, heartbeat, devices),) = sql.fetch(
                "infra", "measure_installation", {"alive": WORKER_SECONDS}
            )
        except DatabaseError:
            yield _gauge("fleetward_database_up", "Whether the database answers.", 0)
            return
        finally:
            # Each reading is a thread of its own.
            connection.close()
        yield _gauge("fleetward_database_up", "Whether the database answers.", 1)
        yield _gauge(
            "fleetward_worker_pools", "Pools of threads of live workers: one a queue.", workers
        )
        if heartbeat is not None:
            text = "Since the latest sign of life of any worker."
            yield _gauge("fleetward_worker_heartbeat_age_seconds", text, heartbeat)
        yield _gauge("fleetward_devices", "Devices of all tenants, estimated.", devices)
        yield from self._of_queues(queues)

    def _of_queues(self, queues: dict[str, list[float]]) -> Iterator[Metric]:
        self._queues |= set(queues)
        jobs = GaugeMetricFamily(
            "fleetward_queue_jobs", "Jobs of a queue, by state.", labels=["queue", "state"]
        )
        age = GaugeMetricFamily(
            "fleetward_queue_oldest_seconds",
            "For how long the oldest job that is due has waited.",
            labels=["queue"],
        )
        for name in sorted(self._queues):
            *counts, oldest = queues.get(name, [0, 0, 0, 0])
            for state, count in zip(("due", "later", "under_way"), counts, strict=True):
                jobs.add_metric([name, state], float(count))
            age.add_metric([name], float(oldest))
        yield from (jobs, age)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))
