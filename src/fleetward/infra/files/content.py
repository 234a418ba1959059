"""What a file is by its content, and its bytes unpacked within the limits."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from pathlib import Path

from fleetward.infra.files.errors import (
    FileDamaged,
    FileEmpty,
    FileKindUnknown,
    FileTooLarge,
    FileUnpacksTooLarge,
)
from fleetward.infra.files.limits import MEBIBYTE, Limits
from fleetward.infra.files.reading import FileKind

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_FOREIGN = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel file (.xls), or one with a password",
    b"%PDF": "PDF",
    b"PAR1": "Parquet",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"{\\rtf": "RTF",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "Zstandard",
}
_CHUNK = 1024 * 1024
_MAX_ZIP_ENTRIES = 10_000
# What `zipfile` is known to raise for damaged directories; UnicodeDecodeError is a ValueError.
_ZIP_TROUBLE = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    EOFError,
    OverflowError,
    NotImplementedError,
    struct.error,
)


def kind_of(path: Path, limits: Limits) -> FileKind:
    """Decide by content, never by name. Raises: FileEmpty, FileTooLarge, FileKindUnknown, ..."""
    size = path.stat().st_size
    if size == 0:
        raise FileEmpty
    with path.open("rb") as file:
        head = file.read(16)
    packed = head.startswith((_GZIP, *_ZIP))
    limit = limits.packed_bytes if packed else limits.plain_bytes
    if size > limit:
        raise FileTooLarge(-(-size // MEBIBYTE), limit // MEBIBYTE)
    if head.startswith(_GZIP):
        return FileKind.CSV_GZ
    if head.startswith(_ZIP):
        check_workbook(path, limits)
        return FileKind.XLSX
    check_is_text(head)
    return FileKind.CSV


def check_is_text(head: bytes) -> None:
    """Refuse well-known formats that are not text by their first bytes."""
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise FileKindUnknown(kind)


def check_workbook(path: Path, limits: Limits) -> None:
    """Look into the directory of the archive before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _ZIP_TROUBLE:
        raise FileDamaged("the archive has no readable directory") from None
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise FileKindUnknown("a ZIP archive without an Excel workbook")
    if len(entries) > _MAX_ZIP_ENTRIES or any(entry.flag_bits & 1 for entry in entries):
        raise FileDamaged("the archive is encrypted or has too many parts")
    _check_growth(
        packed=path.stat().st_size, unpacked=sum(e.file_size for e in entries), limits=limits
    )


def _check_growth(*, packed: int, unpacked: int, limits: Limits) -> None:
    allowed = max(limits.ratio_from_bytes, packed * limits.ratio)
    if unpacked > min(allowed, limits.plain_bytes):
        raise FileUnpacksTooLarge(limits.plain_bytes // MEBIBYTE, limits.ratio)


def gunzip(path: Path, limits: Limits) -> bytes:
    """The unpacked bytes; stops as soon as they grow too large. Raises: FileDamaged."""
    packed = path.stat().st_size
    unpacked = bytearray()
    try:
        with gzip.open(path) as file:
            while data := file.read(_CHUNK):
                unpacked += data
                _check_growth(packed=packed, unpacked=len(unpacked), limits=limits)
    except (OSError, EOFError, zlib.error) as error:
        raise FileDamaged(f"gzip: {error}") from None
    check_is_text(bytes(unpacked[:16]))
    return bytes(unpacked)
