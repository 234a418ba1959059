"""The built-in simulators for `fleetward check --simulate`: a child on a free loopback port."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fleetward.cli.ports import free_port
from fleetward.infra.embedded_postgres.cluster import die_with_parent

HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 5.0


class NoSimulators(Exception):
    """The simulators did not start; the text is what they said at their end."""


@contextmanager
def simulators() -> Iterator[str]:
    """The base URL of running simulators; each vendor is under its key. Stopped afterwards.

    Raises: NoSimulators.
    """
    port = free_port()
    command = [sys.executable, "-m", "fleetward_simulators.main", "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        # A group of its own: Ctrl-C is for us, and we stop the child when we are done.
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - we have one thread
        )
        try:
            if not _answers(child, port):
                log.seek(0)
                raise NoSimulators(log.read().decode("utf-8", "replace")[-2000:])
            yield f"http://{HOST}:{port}"
        finally:
            _stop(child)


def _answers(child: subprocess.Popen[bytes], port: int) -> bool:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and child.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
