"""The files in which processes count for monitoring: each command has a folder of its own.

The processes of one command share it (web workers come and go), and counts of those that have ended
stay in the total until the command itself is started again.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path

# The name of the machine in it: containers that share a data folder have the same process ids.
_NAME = re.compile(r"[a-z]+\.(?P<host>.+)\.(?P<pid>\d+)")


def folder_for(root: Path, command: str) -> Path:
    """A new folder for this process and its children; those of dead ones are removed."""
    folder = root / f"{command}.{socket.gethostname()}.{os.getpid()}"
    forget_dead(root)
    # A process of an earlier start may have had our id.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def forget_dead(root: Path) -> None:
    """Remove the folders of this machine's commands that run no more."""
    for folder in root.glob("*"):
        named = _NAME.fullmatch(folder.name)
        if named and named["host"] == socket.gethostname() and not _is_alive(int(named["pid"])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def files_of(root: Path) -> list[str]:
    """All files in which somebody has counted."""
    return sorted(map(str, root.glob("*/*.db")))
