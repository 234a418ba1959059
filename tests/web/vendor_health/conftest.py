"""The board is tried against the real simulators."""

from tests.db.warranty.conftest import simulator_server, simulators, vendors

__all__ = ["simulator_server", "simulators", "vendors"]
