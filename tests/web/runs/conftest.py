"""The simulators as providers of this installation."""

from tests.db.warranty.conftest import simulator_server, simulators, vendors

__all__ = ["simulator_server", "simulators", "vendors"]
