"""Workers that start at once and die at a given moment of their work: a process to fork them from.

It has loaded everything, and so a worker takes a tenth of the time of `fleetward worker`, which it
is in everything else. One at a time: each line that comes is the order of one (`Order` as JSON);
the answers are its process id and, when it is over, how many moments of work it has lived.

A moment is one before or after a statement or a commit, before something is done to a file of the
data folder, at the start of another process or between looks at it, or at the end of a job.
"""

from __future__ import annotations

import faulthandler
import json
import mmap
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import django

django.setup()

from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.db.backends.utils import CursorWrapper  # noqa: E402

from fleetward.cli.main import fleetward  # noqa: E402
from fleetward.cli.worker import worker  # noqa: E402
from fleetward.config.env import env  # noqa: E402
from fleetward.infra import jobs  # noqa: E402
from tests.chaos.hasty import HASTY, in_small_steps  # noqa: E402

# Loaded for the workers.
assert worker
FILES = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"}
PROCESSES = {"subprocess.Popen", "time.sleep"}


@dataclass(frozen=True)
class Order:
    """Which worker is wanted: it dies after so many moments (0: never) amid the jobs named."""

    amid: list[str]
    moments: int = 0
    hasty: str = ""


@dataclass
class Life:
    """The moments of a worker that one of these jobs was at work; the last one ends it."""

    order: Order
    lived: mmap.mmap
    at_work: int = 0
    number: int = 0
    lock: Lock = field(default_factory=Lock)

    def moment(self) -> None:
        if not self.at_work:
            return
        with self.lock:
            self.number += 1
            self.lived[:8] = self.number.to_bytes(8, "little")
            if self.number == self.order.moments:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*args: Any, **kwargs: Any) -> Any:
            self.moment()
            result = function(*args, **kwargs)
            self.moment()
            return result

        return inner

    def within(self, run: Callable[..., None]) -> Callable[..., None]:
        """One try of a job, of which the moments are counted."""

        def inner(function: Any, on_failure: Any, context: Any, ids: Any) -> None:
            if context.job.task_name not in self.order.amid:
                run(function, on_failure, context, ids)
                return
            self.at_work += 1
            try:
                run(function, on_failure, context, ids)
                self.moment()
            finally:
                self.at_work -= 1

        return inner

    def watch(self) -> None:
        vars(jobs)["_run"] = self.within(vars(jobs)["_run"])
        for kind, name in (
            (CursorWrapper, "_execute_with_wrappers"),
            (BaseDatabaseWrapper, "_commit"),
        ):
            setattr(kind, name, self.around(getattr(kind, name)))
        folder = str(env().data_dir)

        def hear(event: str, args: tuple[Any, ...]) -> None:
            if event in PROCESSES or (event in FILES and str(args[0]).startswith(folder)):
                self.moment()

        sys.addaudithook(hear)


def work(life: Life) -> None:
    """The worker, in the process that was forked for it; it does not return."""
    try:
        in_small_steps()
        if life.order.hasty:
            HASTY[life.order.hasty]()
        life.watch()
        fleetward(["worker"], standalone_mode=False)
    finally:
        os._exit(1)


def main() -> None:
    # So that a worker that comes to no end can be asked where it stands.
    faulthandler.register(signal.SIGUSR1)
    dead = 0
    for line in sys.stdin:
        if dead:
            os.waitpid(dead, 0)
        life = Life(Order(**json.loads(line)), mmap.mmap(-1, 8))
        dead = os.fork()
        if not dead:
            work(life)
        print(dead, flush=True)  # noqa: T201
        # Its id stays its own until the next one is asked for.
        os.waitid(os.P_PID, dead, os.WEXITED | os.WNOWAIT)
        print(int.from_bytes(life.lived[:8], "little"), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
