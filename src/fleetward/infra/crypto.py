"""Sealing of secrets with AES-GCM under keys that lie outside the database.

The key file has a line `<key id> <base64 of 32 bytes>` for each key; the first one seals, all open,
so that a key is rotated by a new first line. A seal is bound to its tenant and field: moved to
another row it does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class BadKeyFile(Exception):
    """The sealing key file is missing or damaged; nothing may start without it."""


class BadSeal(Exception):
    """A sealed value does not open: other key, other tenant or field, or damaged."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The sealing keys of an installation, by id; `current` seals."""

    current: str
    keys: Mapping[str, bytes]


def create_key_file(path: Path) -> None:
    """Make a key file with one new key, readable by its owner only. An existing file stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_id, key = new_key()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(_line(key_id, key))


def new_key() -> tuple[str, bytes]:
    """Id and bytes of a key that nobody has had before."""
    return secrets.token_hex(4), secrets.token_bytes(KEY_BYTES)


def replace_keys(path: Path, keys: Mapping[str, bytes]) -> None:
    """Put these keys, in this order, in the place of those in the file; it keeps its owner.

    Whoever reads finds the old file or the new one whole, also after a crash.
    """
    status = path.stat()
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            file.writelines(_line(key_id, key) for key_id, key in keys.items())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _line(key_id: str, key: bytes) -> str:
    return f"{key_id} {base64.b64encode(key).decode()}\n"


def load_keys(path: Path) -> KeyRing:
    """The keys of a file as it is now: one that is replaced takes effect in running processes.

    Raises: BadKeyFile, with what to do.
    """
    try:
        status = path.stat()
        return _read(path, status.st_ino, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise BadKeyFile(
            f"The sealing key file {path} cannot be read ({error.strerror}). Restore it from your "
            "backup: without it the stored credentials cannot be opened."
        ) from None


@lru_cache(maxsize=8)
def _read(path: Path, *_version: int) -> KeyRing:
    return parse_keys(path.read_bytes(), f"The sealing key file {path}")


def parse_keys(content: bytes, name: str) -> KeyRing:
    """The keys in the content of a key file, which errors call `name`. Raises: BadKeyFile."""
    try:
        lines = content.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise BadKeyFile(f"{name} is damaged: it is not plain text.") from None
    keys = dict(_key(name, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not keys:
        raise BadKeyFile(f"{name} is empty.")
    return KeyRing(current=next(iter(keys)), keys=keys)


def _key(name: str, number: int, line: str) -> tuple[str, bytes]:
    try:
        key_id, encoded = line.split()
        key = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        key_id, key = "", b""
    if len(key) != KEY_BYTES:
        raise BadKeyFile(
            f"{name} is damaged in line {number}: a line is a key id and 32 bytes in base64."
        )
    return key_id, key


def seal(ring: KeyRing, plain: str, *, tenant: str, field: str) -> str:
    """`plain` sealed for a tenant (Customer ID) and a field."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = AESGCM(ring.keys[ring.current]).encrypt(nonce, plain.encode(), _bound(tenant, field))
    return f"{ring.current}:{base64.b64encode(nonce + box).decode()}"


def key_of(sealed: str) -> str:
    """Id of the key that a sealed value needs."""
    return sealed.partition(":")[0]


def unseal(ring: KeyRing, sealed: str, *, tenant: str, field: str) -> str:
    """The plain text of a sealed value. Raises: BadSeal."""
    key_id, _, encoded = sealed.partition(":")
    if key_id not in ring.keys:
        raise BadSeal(f"sealed with key {key_id!r}, which is not in the key file")
    try:
        box = base64.b64decode(encoded, validate=True)
        plain = AESGCM(ring.keys[key_id]).decrypt(
            box[:NONCE_BYTES], box[NONCE_BYTES:], _bound(tenant, field)
        )
    except (ValueError, binascii.Error, InvalidTag):
        raise BadSeal("damaged, or sealed for another tenant or field") from None
    return plain.decode()


def _bound(tenant: str, field: str) -> bytes:
    return f"{tenant}\n{field}".encode()
