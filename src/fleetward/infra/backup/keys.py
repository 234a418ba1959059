"""Which keys a backup needs, and proof that they are there before anything is changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from fleetward.infra.backup.archive import KEYS, Backup, BackupDamaged
from fleetward.infra.crypto import (
    BadKeyFile,
    BadSeal,
    KeyRing,
    create_key_file,
    load_keys,
    parse_keys,
    replace_keys,
    seal,
    unseal,
)
from fleetward.kernel.errors import Conflict

TENANT, PLAIN = "backup", "probe"


@dataclass(eq=False)
class KeysMissing(Conflict):
    keys: str
    file: Path

    code: ClassVar[str] = "restore_keys_missing"
    text: ClassVar[str] = "Stored credentials need the keys {keys}, which are not in {file}."
    fix: ClassVar[str] = "Put the key file of that installation there, and restore again."


def probes(ring: KeyRing, used: Collection[str]) -> dict[str, str]:
    """For each key that is used and known, something that only this very key opens."""
    return {
        key: seal(KeyRing(key, ring.keys), PLAIN, tenant=TENANT, field=key)
        for key in sorted(used)
        if key in ring.keys
    }


def refuse_without_keys(backup: Backup, key_file: Path) -> None:
    """Raises: KeysMissing, when neither the key file nor the backup has what its values need;
    BadKeyFile."""
    ring = _merged(_ring_of(key_file), _own_ring(backup))
    missing = [key for key, probe in backup.manifest.keys.items() if not _opens(ring, key, probe)]
    if missing:
        raise KeysMissing(", ".join(missing), key_file)


def adopt_keys(backup: Backup, key_file: Path) -> None:
    """Put the backup's own keys behind those of the key file, which go on to seal."""
    own = _own_ring(backup)
    if not own:
        return
    if not key_file.exists():
        create_key_file(key_file)
        replace_keys(key_file, own)
    else:
        replace_keys(key_file, _merged(_ring_of(key_file), own))


def _merged(first: dict[str, bytes], second: dict[str, bytes]) -> dict[str, bytes]:
    return {**first, **{key: value for key, value in second.items() if key not in first}}


def _ring_of(key_file: Path) -> dict[str, bytes]:
    return dict(load_keys(key_file).keys) if key_file.exists() else {}


def _own_ring(backup: Backup) -> dict[str, bytes]:
    if not backup.manifest.has_keys:
        return {}
    try:
        return dict(parse_keys(backup.member(KEYS), "The key file in the backup").keys)
    except BadKeyFile:
        raise BackupDamaged from None


def _opens(keys: dict[str, bytes], key: str, probe: str) -> bool:
    try:
        return unseal(KeyRing(key, keys), probe, tenant=TENANT, field=key) == PLAIN
    except BadSeal:
        return False
