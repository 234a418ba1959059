"""The simulators of all vendors; see tests/simulators.py."""

from tests.simulators import simulator_server, simulators

__all__ = ["simulator_server", "simulators"]
