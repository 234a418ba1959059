"""What a backup says of itself: versions, migrations, rows and a digest of each table and file."""

from __future__ import annotations

from typing import Any

import msgspec

FORMAT = 1


class TableEntry(msgspec.Struct, frozen=True):
    """A table: columns in the order of its data, and SHA-256 of these in the order of its key."""

    columns: list[str]
    rows: int
    pieces: int
    sha256: str


class FileEntry(msgspec.Struct, frozen=True):
    size: int
    pieces: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`keys` are those that sealed values need, each with a probe that it opens; `lost_keys` were
    not in the key file when the backup was made. `left_out` are tables without their rows."""

    format: int
    version: str
    made_at: str
    postgres: str
    migrations: list[tuple[str, str]]
    tables: dict[str, TableEntry]
    sequences: dict[str, tuple[int, bool]]
    files: dict[str, FileEntry]
    left_out: list[str]
    keys: dict[str, str]
    lost_keys: list[str]
    has_keys: bool

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


class OnlyFormat(msgspec.Struct, frozen=True):
    """What every format, also a later one, begins with."""

    format: int
    version: str


def encoded(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decoded(body: bytes) -> Manifest:
    """Raises: msgspec.MsgspecError."""
    return msgspec.json.decode(body, type=Manifest)


def format_of(body: bytes) -> OnlyFormat:
    """Raises: msgspec.MsgspecError."""
    return msgspec.json.decode(body, type=OnlyFormat)


def facts(manifest: Manifest) -> dict[str, Any]:
    """What the trail keeps of a backup."""
    return {
        "version": manifest.version,
        "made_at": manifest.made_at,
        "rows": manifest.rows,
        "files": len(manifest.files),
        "with_key": manifest.has_keys,
    }
