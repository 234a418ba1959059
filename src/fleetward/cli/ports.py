"""Ports of this machine."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from fleetward.config.env import BadEnvironment

LOWEST = 20_000
TRIES = 200
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def refuse_busy_port(host: str, port: int) -> None:
    """Raises: BadEnvironment, when somebody else listens there."""
    told = _why_busy(host, port)
    if told is not None:
        raise BadEnvironment(
            f"Port {port} is not free ({told}). Stop what listens there, "
            f"or choose another: make run PORT={port + 1}"
        )


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody uses now, for a server that is about to start.

    It lies below those that the system lends to outgoing connections: one of these could be gone
    again before the server listens.
    """
    first_lent = int(_OUTGOING.read_text(encoding="ascii").split()[0]) if _OUTGOING.exists() else 0
    # The system's own chance: processes that were given one seed must not take the same port.
    chance = random.SystemRandom()
    for _ in range(TRIES if first_lent > LOWEST else 0):
        port = chance.randrange(LOWEST, first_lent)
        if _why_busy(host, port) is None:
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _why_busy(host: str, port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None
