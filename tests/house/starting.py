"""Commands that go on until somebody stops them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.plugins.server import ROOT

Process = subprocess.Popen[str]


@contextmanager
def started(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    stop: Callable[[Process], None] = Process.terminate,
    cwd: Path = ROOT,
    uid: int | None = None,
) -> Iterator[tuple[Process, str]]:
    """A command that has told where to go, and what it said; stopped in the end if it still runs.

    It leads a process group of its own. With a `uid` it is that user's, and in no group but theirs.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=cwd,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else (),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(said)
        yield process, said
    finally:
        if process.poll() is None:
            stop(process)
        process.wait(30)
        process.stdout.close()
