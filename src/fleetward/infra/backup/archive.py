"""The file of a backup: a tar of gzipped pieces with its manifest, and a digest of it all behind.

Pieces are small enough for the memory, so that neither writing nor reading needs to know how large
anything is. The last line is behind the end of the tar, where tar does not look: SHA-256 of every
byte before it. A reader checks that first, so that nothing damaged is looked at any further.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar

import msgspec

from fleetward import __version__
from fleetward.infra.backup.manifest import FORMAT, Manifest, decoded, encoded, format_of
from fleetward.kernel.errors import Conflict, Invalid

PIECE_BYTES = 4 * 1024 * 1024
# The fastest: at level 6 a large database takes three times as long to be a tenth smaller.
LEVEL = 1
TITLE, MANIFEST, KEYS = "fleetward-backup", "manifest.json", "keys/sealing.keys"
LAST_LINE = re.compile(rb"fleetward-sha256 ([0-9a-f]{64})\n\Z")
LAST_LINE_BYTES = 82
CHUNK_BYTES = 1024 * 1024


class NoBackup(Invalid):
    code: ClassVar[str] = "backup_foreign"
    text: ClassVar[str] = "This file is no backup of Fleetward, or its end is missing."
    fix: ClassVar[str] = "Choose a file that `fleetward backup` has written to its end."


class BackupDamaged(Invalid):
    code: ClassVar[str] = "backup_damaged"
    text: ClassVar[str] = "The backup is damaged: it is not what was written. Nothing was changed."
    fix: ClassVar[str] = "Fetch the file again from where it is kept, or take an earlier one."


@dataclass(eq=False)
class BackupTooNew(Invalid):
    version: str

    code: ClassVar[str] = "backup_too_new"
    text: ClassVar[str] = "The backup is of version {version}, which is newer than this one."
    fix: ClassVar[str] = "Install that version, or a later one, and restore with it."


@dataclass(eq=False)
class FileExists(Conflict):
    path: Path

    code: ClassVar[str] = "backup_exists"
    text: ClassVar[str] = "{path} exists already."
    fix: ClassVar[str] = "Choose another name; backups are never overwritten."


@dataclass
class _Digesting:
    """A file that is only written to, and its digest."""

    file: IO[bytes]
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.file.write(data)


@dataclass(frozen=True)
class Written:
    """A stream as it went into the archive."""

    pieces: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Writer:
    """The inside of a backup that is being written."""

    tar: tarfile.TarFile

    def stream(self, name: str, chunks: Iterable[bytes]) -> Written:
        """Write what comes, of whatever length, as pieces below `name`."""
        digest, size, pieces, waiting = hashlib.sha256(), 0, 0, bytearray()
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            waiting += chunk
            while len(waiting) >= PIECE_BYTES:
                pieces += 1
                self._piece(name, pieces, bytes(waiting[:PIECE_BYTES]))
                del waiting[:PIECE_BYTES]
        if waiting:
            pieces += 1
            self._piece(name, pieces, bytes(waiting))
        return Written(pieces, size, digest.hexdigest())

    def _piece(self, name: str, number: int, data: bytes) -> None:
        self.member(f"{name}/{number:06d}.gz", gzip.compress(data, LEVEL, mtime=0))

    def member(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o600
        self.tar.addfile(info, io.BytesIO(data))

    def finish(self, manifest: Manifest) -> None:
        self.member(MANIFEST, encoded(manifest))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new backup, which is there under its name only when it is whole and on disk.

    Raises: FileExists.
    """
    if path.exists():
        raise FileExists(path)
    part = path.with_name(f"{path.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            target = _Digesting(file)
            with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
                writer = Writer(tar)
                writer.member(TITLE, f"Fleetward {__version__}, backup format {FORMAT}\n".encode())
                yield writer
            file.write(f"fleetward-sha256 {target.digest.hexdigest()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True)
class Backup:
    """A backup that was found whole. Its pieces are read from the file that was checked."""

    tar: tarfile.TarFile
    members: Mapping[str, tarfile.TarInfo]
    manifest: Manifest

    def stream(self, name: str, pieces: int) -> Iterator[bytes]:
        """What was written below `name`. Raises: BackupDamaged."""
        for number in range(1, pieces + 1):
            try:
                yield gzip.decompress(self.member(f"{name}/{number:06d}.gz"))
            except (EOFError, OSError, zlib.error):
                raise BackupDamaged from None

    def member(self, name: str) -> bytes:
        """Raises: NoBackup."""
        return _read(self.tar, self.members, name)


@contextmanager
def reading(path: Path) -> Iterator[Backup]:
    """A backup, after a look at every byte of it. Raises: NoBackup, BackupDamaged, BackupTooNew."""
    with path.open("rb") as file:
        _check(file)
        file.seek(0)
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                members = {member.name: member for member in tar}
                yield Backup(tar, members, _manifest(_read(tar, members, MANIFEST)))
        except tarfile.TarError:
            raise NoBackup from None


def _check(file: IO[bytes]) -> None:
    """Whether the last line fits what is before it. Raises: NoBackup, BackupDamaged."""
    size = file.seek(0, os.SEEK_END) - LAST_LINE_BYTES
    if size <= 0:
        raise NoBackup
    file.seek(size)
    wanted = LAST_LINE.fullmatch(file.read())
    if wanted is None:
        raise NoBackup
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0:
        chunk = file.read(min(size, CHUNK_BYTES))
        digest.update(chunk)
        size -= len(chunk)
    if digest.hexdigest().encode() != wanted[1]:
        raise BackupDamaged


def _manifest(body: bytes) -> Manifest:
    try:
        found = format_of(body)
        if found.format > FORMAT:
            raise BackupTooNew(found.version)
        return decoded(body)
    except msgspec.MsgspecError:
        raise NoBackup from None


def _read(tar: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo], name: str) -> bytes:
    file = tar.extractfile(members[name]) if name in members else None
    if file is None:
        raise NoBackup
    return file.read()
