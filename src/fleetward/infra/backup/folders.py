"""Uploaded files of the data folder, into a backup and back."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from fleetward.infra.backup.archive import CHUNK_BYTES, Backup, BackupDamaged, Writer
from fleetward.infra.backup.manifest import FileEntry

_NAME = re.compile(r"[\w.-]+(/[\w.-]+)+", re.ASCII)


def dump_files(writer: Writer, root: Path, folders: Sequence[str]) -> dict[str, FileEntry]:
    """Every file below these folders of `root`. One that goes away meanwhile belonged to work that
    has ended meanwhile, and is not missed."""
    found = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            try:
                if stat.S_ISREG(path.lstat().st_mode) and _NAME.fullmatch(name):
                    written = writer.stream(f"files/{name}", _chunks(path))
                    found[name] = FileEntry(written.size, written.pieces, written.sha256)
            except FileNotFoundError:
                continue
    return found


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def load_files(backup: Backup, root: Path) -> None:
    """Put the files of a backup below `root`, each whole or not at all; others stay as they are.

    Raises: BackupDamaged.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, entry in backup.manifest.files.items():
        if not _NAME.fullmatch(name) or ".." in PurePosixPath(name).parts:
            raise BackupDamaged
        _load(backup, root, name, entry)


def _load(backup: Backup, root: Path, name: str, entry: FileEntry) -> None:
    target = root / name
    owner = root.stat()
    _make_folders(root, target.parent, owner)
    fresh = target.with_name(f".{target.name}.restored")
    digest = hashlib.sha256()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in backup.stream(f"files/{name}", entry.pieces):
            digest.update(piece)
            file.write(piece)
        _give(file.fileno(), owner)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != entry.sha256:
        fresh.unlink()
        raise BackupDamaged
    fresh.replace(target)


def _make_folders(root: Path, folder: Path, owner: os.stat_result) -> None:
    for one in reversed([folder, *folder.parents]):
        if one.is_relative_to(root) and not one.exists():
            one.mkdir(mode=0o700)
            _give(one, owner)


def _give(what: int | Path, owner: os.stat_result) -> None:
    """As root, to whom the data folder belongs: the service could not read it otherwise."""
    if os.geteuid() == 0:
        os.chown(what, owner.st_uid, owner.st_gid)


def forget_others(backup: Backup, root: Path, folders: Sequence[str]) -> None:
    """Remove what the installation that was replaced had in these folders."""
    kept = {PurePosixPath(name).parts[:2] for name in backup.manifest.files}
    for folder in folders:
        for path in (root / folder).glob("*"):
            if (folder, path.name) not in kept:
                shutil.rmtree(path, ignore_errors=True)
