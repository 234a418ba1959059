"""The files of transfers while they are read: a folder for each below the data directory."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fleetward.config.env import env
from fleetward.infra.files.receiving import write_upload


@dataclass(frozen=True, slots=True)
class Folder:
    """`upload` is what came, `frame` what was read of it; batches go into the database."""

    path: Path

    @property
    def upload(self) -> Path:
        return self.path / "upload"

    @property
    def frame(self) -> Path:
        return self.path / "frame.arrow"

    def batch(self, number: int) -> Path:
        return self.path / f"batch-{number:05d}.csv"

    def is_older_than(self, moment: datetime) -> bool:
        """Whether no file was added or removed since then; a folder that is gone is no old one."""
        try:
            return self.path.stat().st_mtime < moment.timestamp()
        except FileNotFoundError:
            return False

    def make(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700)

    def lend(self, other: Folder) -> None:
        """Give a part of a mixed file the same upload, without a copy; nobody writes to it again.

        What was read of it stays: each part reads, and so writes, a frame of its own.
        """
        other.upload.hardlink_to(self.upload)

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Received:
    uid: uuid.UUID
    size: int
    digest: str


def folder_of(uid: uuid.UUID) -> Folder:
    return Folder(env().data_dir / "transfers" / str(uid))


def folders() -> dict[uuid.UUID, Folder]:
    """All folders, by the transfer that they are of; what has another name is none of ours."""
    found: dict[uuid.UUID, Folder] = {}
    for path in (env().data_dir / "transfers").glob("*-*-*-*-*"):
        with suppress(ValueError):
            found[uuid.UUID(path.name)] = Folder(path)
    return found


def receive(chunks: Iterable[bytes]) -> Received:
    """Keep an upload on disk. Raises: FileTooLarge, FileEmpty; nothing stays then."""
    uid = uuid.uuid4()
    folder = folder_of(uid)
    folder.make()
    try:
        size, digest = write_upload(folder.upload, chunks)
    except BaseException:
        folder.discard()
        raise
    return Received(uid, size, digest)
