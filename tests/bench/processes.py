"""Work in processes of its own, so that its memory can be seen.

Memory is what the system keeps resident for a process and all its children together, looked at
every 50 ms; pages that several of them share are counted several times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from tests.bench.installation import ROOT, Installation

LOOK_SECONDS = 0.05
MEGABYTE = 1024 * 1024


@dataclass
class Memory:
    """The most that was seen, in MB: of all processes together, and of the largest one."""

    peak: float = 0.0
    largest: float = 0.0

    def note(self, *megabytes: float) -> None:
        self.peak = max(self.peak, sum(megabytes))
        self.largest = max(self.largest, *megabytes)


@dataclass
class Processors:
    """Seconds of the machine's processors while a block ran: by whom, and of nobody."""

    worker: float = 0.0
    simulators: float = 0.0
    rest: float = 0.0
    idle: float = 0.0

    def told(self, devices: int) -> str:
        """For one device; the rest is PostgreSQL's, and a little of the system's own."""
        micro = 1e6 / devices
        return (
            f"Processor time a device: worker {self.worker * micro:.0f} us, PostgreSQL and system "
            f"{self.rest * micro:.0f}, simulator {self.simulators * micro:.0f}, "
            f"nobody {self.idle * micro:.0f}"
        )


@dataclass(frozen=True)
class Done:
    """What a child answered, and its peak memory in MB."""

    answer: dict[str, Any]
    memory: float


def work(where: Installation, target: str, **arguments: object) -> Done:
    """Call `tests.bench.work.<target>(**arguments)` in a new process, as the application."""
    command = [sys.executable, "-m", "tests.bench.child", target, json.dumps(arguments)]
    process = subprocess.Popen(command, env=where.environment, cwd=ROOT, stdout=subprocess.PIPE)
    with watched(process.pid) as memory:
        assert process.stdout is not None
        output = process.stdout.read()
        # The kernel's own figure catches what was resident between two looks.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    memory.note(usage.ru_maxrss / 1024)
    if process.returncode:
        raise RuntimeError(f"{target} failed")
    return Done(json.loads(output.splitlines()[-1]), memory.peak)


@contextmanager
def watched(pid: int) -> Iterator[Memory]:
    """The peak memory of a process with its children while the block runs."""
    memory, is_over = Memory(), threading.Event()
    looker = threading.Thread(target=_look, args=(pid, memory, is_over), daemon=True)
    looker.start()
    try:
        yield memory
    finally:
        is_over.set()
        looker.join()


@contextmanager
def processors(worker: int) -> Iterator[Processors]:
    """Who uses the processors while the block runs, which `worker` outlives."""
    seconds, before = Processors(), _times(worker)
    yield seconds
    after = _times(worker)
    worked, simulated, busy, idle = (now - then for now, then in zip(after, before, strict=True))
    seconds.worker, seconds.simulators, seconds.idle = worked, simulated, idle
    seconds.rest = busy - worked - simulated


def _times(worker: int) -> tuple[float, float, float, float]:
    machine = psutil.cpu_times()
    idle = machine.idle + machine.iowait
    tree = psutil.Process(worker)
    worked = sum(map(_seconds, [tree, *tree.children(recursive=True)]))
    simulated = sum(_seconds(one) for one in psutil.process_iter() if _is_simulator(one))
    return worked, simulated, sum(machine) - idle - machine.guest - machine.guest_nice, idle


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _is_simulator(process: psutil.Process) -> bool:
    try:
        return "fleetward_simulators.main" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def _look(pid: int, memory: Memory, is_over: threading.Event) -> None:
    try:
        root = psutil.Process(pid)
        while not is_over.wait(LOOK_SECONDS):
            memory.note(*map(_resident, [root, *root.children(recursive=True)]))
    except psutil.NoSuchProcess:
        return


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MEGABYTE
    except psutil.NoSuchProcess:
        return 0.0
