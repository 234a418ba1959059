"""Reads an upload in a child process with limits on memory and time. Imports no data library.

Servers and the command line read uploads only through here: a damaged workbook can crash or choke
the library that reads it, and then it is the child that ends.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fleetward.config.env import environment_without_secrets
from fleetward.infra.files.errors import BY_CODE, FileDamaged, FileRefused, FileTooDemanding
from fleetward.infra.files.limits import DEFAULT_LIMITS, Limits
from fleetward.infra.files.reading import FileKind, Reading

_WATCH_SECONDS = 0.05
# The allocator of polars keeps what is free for ten seconds, in case it is wanted again: a child
# that prepares a million rows held 720 to 840 MB by chance, and 720 with this, as quickly.
_FRUGAL = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:100,muzzy_decay_ms:0"}


def child_environment() -> dict[str, str]:
    """What a process that works on somebody's list is given: no secrets, and little memory."""
    return environment_without_secrets() | _FRUGAL


def read_in_child(path: Path, result: Path, *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Read `path`; the rows are then in `result` (Arrow IPC), for `frames.load_frame`.

    Raises: FileRefused. Nothing is left at `result` then.
    """
    with tempfile.NamedTemporaryFile(prefix="fleetward-read-", suffix=".json") as answer:
        try:
            _run([str(path), str(result), answer.name], limits)
            told = json.load(answer)
            if "code" in told:
                raise BY_CODE[told["code"]](**told["details"])
        except FileRefused:
            result.unlink(missing_ok=True)
            raise
    return _reading(told)


def _run(files: list[str], limits: Limits) -> None:
    """Wait for the child, and end it when it takes too long or holds too much."""
    given = json.dumps(dataclasses.asdict(limits))
    deadline = time.monotonic() + limits.wall_seconds
    with subprocess.Popen(
        [sys.executable, "-m", "fleetward.infra.files.child", *files, given],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
    ) as child:
        while child.poll() is None:
            try:
                child.wait(timeout=_WATCH_SECONDS)
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline or _resident(child.pid) > limits.memory_bytes:
                    child.kill()
    if child.returncode < 0:
        # A signal: ours, the kernel's for a limit, or the allocator's that got no memory.
        raise FileTooDemanding
    if child.returncode > 0:
        raise FileDamaged("it cannot be parsed")


def _resident(pid: int) -> int:
    """Bytes that the process holds in memory; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _reading(answer: dict[str, Any]) -> Reading:
    return Reading(
        **answer
        | {
            "kind": FileKind(answer["kind"]),
            "headers": tuple(answer["headers"]),
            "other_sheets": tuple(answer["other_sheets"]),
            "sample_numbers": tuple(answer["sample_numbers"]),
            "sample": tuple(tuple(row) for row in answer["sample"]),
        }
    )
