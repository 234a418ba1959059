"""Processes that live and die together: started in order, watched, stopped in reverse."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from fleetward.infra.embedded_postgres.cluster import die_with_parent

STOP_SECONDS = 5.0
LOOK_SECONDS = 0.2
TAIL_LINES = 20
LARGEST_OLD_LOG = 10 * 1024 * 1024
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ChildDied(Exception):
    """A process ended that should not have; the text has the end of its log."""


class StopAsked(Exception):
    """Somebody pressed Ctrl-C or sent a signal."""


def stop_on_signals() -> None:
    """From now on a stop signal raises StopAsked in the main thread, once."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise StopAsked

    for number in STOP_SIGNALS:
        signal.signal(number, asked)


@dataclass
class Child:
    """A running process, its name for people and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(f"  {line}" for line in text.splitlines()[-TAIL_LINES:])

    def refuse_ended(self, who: str) -> None:
        """Raises: ChildDied."""
        code = self.process.poll()
        if code is not None:
            raise ChildDied(
                f"{who} ended by itself (status {code}). "
                f"The end of its log, {self.log}:\n{self.tail()}"
            )


@dataclass
class Supervisor:
    """Starts processes in groups of their own, so that Ctrl-C reaches only us."""

    log_dir: Path
    environment: Mapping[str, str]
    children: list[Child] = field(default_factory=list)
    # What all of them lean on. It is watched, and stopped by who started it.
    database: Child | None = None

    def start(self, name: str, command: Sequence[str]) -> Child:
        """Start a process that is to run until we stop it."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        log = self.log_dir / f"{name}.log"
        mode = "wb" if log.exists() and log.stat().st_size > LARGEST_OLD_LOG else "ab"
        with log.open(mode) as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.environment,
                process_group=0,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - we have one thread
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def check(self) -> None:
        """Raises: ChildDied, when one of the processes has ended; the one to blame comes first."""
        if self.database is not None:
            self.database.refuse_ended("PostgreSQL")
        for child in self.children:
            child.refuse_ended(f"The {child.name} process")

    def watch(self) -> None:
        """Wait until a process dies (ChildDied) or somebody asks us to stop (StopAsked)."""
        while True:
            self.check()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop one after another, the latest first: nobody loses whom it calls before itself."""
        for child in reversed(self.children):
            _signal(child, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
            _signal(child, signal.SIGKILL)
            child.process.wait()
        self.children.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)
