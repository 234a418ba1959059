"""The files of imports: a folder for each run below the data directory, for our eyes only."""

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
    """`upload` is what came, `frame` what was read of it, `rows` its cells for the downloads.

    Batches are the rows as they are stored: in the order of serials, one file for each transaction.
    """

    path: Path

    @property
    def upload(self) -> Path:
        return self.path / "upload"

    @property
    def frame(self) -> Path:
        return self.path / "frame.arrow"

    @property
    def rows(self) -> Path:
        return self.path / "rows.csv"

    def is_older_than(self, moment: datetime) -> bool:
        """Whether no file was added or removed since then; a folder that is gone is no old one."""
        try:
            return self.path.stat().st_mtime < moment.timestamp()
        except FileNotFoundError:
            return False

    def batch(self, number: int) -> Path:
        return self.path / f"batch-{number:05d}.csv"

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.path, ignore_errors=True)

    def discard_work(self) -> None:
        """Forget what only a running import needs; the downloads stay."""
        self.upload.unlink(missing_ok=True)
        self.frame.unlink(missing_ok=True)
        for batch in self.path.glob("batch-*.csv"):
            batch.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Received:
    uid: uuid.UUID
    size: int
    digest: str


def folder_of(uid: uuid.UUID) -> Folder:
    return Folder(env().data_dir / "imports" / str(uid))


def folders() -> dict[uuid.UUID, Folder]:
    """All folders, by the import that they are of; what has another name is none of ours."""
    found: dict[uuid.UUID, Folder] = {}
    for path in (env().data_dir / "imports").glob("*-*-*-*-*"):
        with suppress(ValueError):
            found[uuid.UUID(path.name)] = Folder(path)
    return found


def receive(chunks: Iterable[bytes]) -> Received:
    """Keep an upload on disk. Raises: FileTooLarge, FileEmpty; nothing stays then."""
    uid = uuid.uuid4()
    folder = folder_of(uid)
    folder.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.path.mkdir(mode=0o700)
    try:
        size, digest = write_upload(folder.upload, chunks)
    except BaseException:
        folder.discard()
        raise
    return Received(uid, size, digest)
