"""A process that has asked vendors closes the connections that it kept to them."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.simulators import Simulators

ASKS = """
import atexit
import sys

from fleetward.connectors.memory import MemoryConnection
from fleetward.entry.apps import installed_providers

given = {"client_id": "simulated"}
providers = installed_providers()
print(providers["lenovo"].check(MemoryConnection("lenovo", sys.argv[1], given, given)).is_ok)
"""


def said_at_the_end(simulators: Simulators, script: str) -> str:
    """What Python says of sockets that were left open."""
    command = [sys.executable, "-W", "default::ResourceWarning", "-c", script]
    done = subprocess.run(
        [*command, simulators.base_url("lenovo")],
        env={**os.environ, "FLEETWARD_OUTGOING__ALLOW_INTERNAL": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"
    return done.stderr


def test_kept_connections_are_closed_with_the_process(simulators: Simulators) -> None:
    assert "unclosed" not in said_at_the_end(simulators, ASKS)


def test_control_without_the_end_of_the_process_they_stay_open(simulators: Simulators) -> None:
    assert "unclosed <socket" in said_at_the_end(simulators, f"{ASKS}\natexit._clear()")
