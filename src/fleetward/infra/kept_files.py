"""Files of exports and attachments, fetched later: a folder for each in the data folder.

A file is there whole or not at all: it is written beside its name, and takes it when it is safe on
the disk. What a killed worker leaves is written anew.
"""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fleetward.config.env import env


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file, with the folder around it."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "file"

    def begin(self) -> Path:
        """An empty folder to work in, of this try alone; work of earlier ones is forgotten.

        A process of an earlier try that is still at it then finds no place to write to.
        """
        self.discard()
        work = self.folder / f"work-{uuid.uuid4().hex}"
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in (self.folder, work):
            one.mkdir(mode=0o700)
        return work

    def keep(self, made: Path) -> int:
        """Let what was made be the file, and forget the rest of the work; returns its size."""
        made.chmod(0o600)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(self.path)
        shutil.rmtree(made.parent)
        return self.path.stat().st_size

    def is_older_than(self, moment: datetime) -> bool:
        """Whether nothing was added or removed since then; what is gone is not old."""
        try:
            return self.folder.stat().st_mtime < moment.timestamp()
        except FileNotFoundError:
            return False

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


def exports() -> Path:
    return env().data_dir / "exports"


def attachments() -> Path:
    return env().data_dir / "attachments"


def kept_file(uid: uuid.UUID, folder: Path | None = None) -> KeptFile:
    """That of an export, unless a folder of others is given."""
    return KeptFile((folder or exports()) / str(uid))


def kept_files(folder: Path | None = None) -> dict[uuid.UUID, KeptFile]:
    """All of them, by what they are of; what has another name is none of ours."""
    found: dict[uuid.UUID, KeptFile] = {}
    for path in (folder or exports()).glob("*-*-*-*-*"):
        with suppress(ValueError):
            found[uuid.UUID(path.name)] = KeptFile(path)
    return found
