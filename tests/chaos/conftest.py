"""The simulators as providers, also for the processes that these tests start."""

from tests.db.warranty.conftest import simulator_server, simulators, vendors

__all__ = ["simulator_server", "simulators", "vendors"]
