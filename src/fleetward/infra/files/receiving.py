"""Keeps what somebody sends on disk, within the limits of files, for a child to read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from fleetward.infra.files.errors import FileEmpty, FileTooLarge
from fleetward.infra.files.limits import DEFAULT_LIMITS, MEBIBYTE

_PACKED = (b"PK\x03\x04", b"\x1f\x8b")


def write_upload(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Size and SHA-256 of what was written, for our eyes only. Raises: FileTooLarge, FileEmpty."""
    digest, size, limit = hashlib.sha256(), 0, DEFAULT_LIMITS.plain_bytes
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            if size == 0 and chunk.startswith(_PACKED):
                limit = DEFAULT_LIMITS.packed_bytes
            size += len(chunk)
            if size > limit:
                raise FileTooLarge(-(-size // MEBIBYTE), limit // MEBIBYTE)
            digest.update(chunk)
            file.write(chunk)
    if size == 0:
        raise FileEmpty
    return size, digest.hexdigest()
