"""`fleetward worker`, as processes of their own that can be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

WORKER = ("fleetward.cli.main", "worker")


@contextmanager
def real_workers(
    environment: Mapping[str, str], count: int, *arguments: str, command: tuple[str, ...] = WORKER
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`count` workers with these settings; they are ended with the block."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *command, *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.wait()
