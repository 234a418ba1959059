"""Keys that seal secrets, rotated while web servers and workers run.

Everything in the database that is sealed lies in a `SealedPlace`, which its context registers. A
value names its key, so that a rotation that was interrupted is simply continued. Processes look at
the key file each time that they seal or open something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from django.db import connection

from fleetward.config.env import env
from fleetward.infra.crypto import KeyRing, load_keys, new_key, replace_keys
from fleetward.infra.folder_lock import folder_lock
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.errors import Conflict, NotFound

TENANTS_AT_A_TIME = 100

_places: list[SealedPlace] = []


class SealedPlace(Protocol):
    """Where a context keeps sealed values: one table, with a tenant or with none."""

    table: ClassVar[str]
    is_of_tenants: ClassVar[bool]

    def count(self) -> Mapping[str, int]:
        """Values of the tenants in scope, or all without tenants, by the key that they need."""
        ...

    def reseal(self) -> Resealed:
        """Seal those values with the present key, under the rows' locks."""
        ...


@dataclass(frozen=True, slots=True)
class Resealed:
    """Values that were sealed anew, and those that no key opens: they stay as they are."""

    values: int = 0
    closed: int = 0

    def __add__(self, other: Resealed) -> Resealed:
        return Resealed(self.values + other.values, self.closed + other.closed)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of the file. The first one is current: it seals. All open."""

    id: str
    is_current: bool
    values: int


@dataclass(eq=False)
class UnknownKey(NotFound):
    key: str

    code: ClassVar[str] = "key_unknown"
    text: ClassVar[str] = "There is no sealing key {key} in the key file."
    fix: ClassVar[str] = "`fleetward keys list` shows the keys."


@dataclass(eq=False)
class KeyInUse(Conflict):
    key: str
    values: int

    code: ClassVar[str] = "key_in_use"
    text: ClassVar[str] = "{values} secrets are still sealed with the key {key}."
    fix: ClassVar[str] = "Run `fleetward keys rotate` to the end first."


@dataclass(eq=False)
class KeyIsCurrent(Conflict):
    key: str

    code: ClassVar[str] = "key_is_current"
    text: ClassVar[str] = "The key {key} is the one that seals."
    fix: ClassVar[str] = "Run `fleetward keys rotate` first: it puts another key in its place."


def register(place: SealedPlace) -> None:
    """Let rotations know of a place. Called once, when the context is loaded."""
    _places.append(place)


def places() -> Sequence[SealedPlace]:
    return tuple(_places)


def key_file() -> Path:
    return env().sealing_key_file


def present_keys() -> KeyRing:
    """The keys as they are now. Raises: BadKeyFile."""
    return load_keys(key_file())


def list_keys(tenants: Sequence[int]) -> list[KeyRow]:
    """Every key of the file, and how many values of `tenants` need it."""
    ring, used = present_keys(), count_values(tenants)
    return [KeyRow(key, key == ring.current, used[key]) for key in ring.keys]


def count_values(tenants: Sequence[int]) -> Counter[str]:
    """How many sealed values need which key, also one that is not in the file."""
    used: Counter[str] = Counter()
    # One that is still to be migrated lacks later tables, and is backed up all the same.
    tables = connection.introspection.table_names()
    present = [place for place in places() if place.table in tables]
    with tenant_scope([]):
        for place in present:
            if not place.is_of_tenants:
                used.update(place.count())
    for some in _portions(tenants):
        with tenant_scope(some):
            for place in present:
                if place.is_of_tenants:
                    used.update(place.count())
    return used


def add_key() -> str:
    """Put a new key behind the others: it opens and does not seal. Returns its id."""
    with folder_lock(key_file().parent):
        key_id, key = new_key()
        replace_keys(key_file(), {**present_keys().keys, key_id: key})
    return key_id


def put_first(key: str) -> None:
    """Let a key of the file seal from now on. Raises: UnknownKey."""
    with folder_lock(key_file().parent):
        keys = dict(present_keys().keys)
        if key not in keys:
            raise UnknownKey(key)
        replace_keys(key_file(), {key: keys.pop(key), **keys})


def reseal_everything(tenants: Sequence[int]) -> Iterator[Resealed]:
    """Seal everything with the present key, one tenant after another, each in its transaction,
    and at last what belongs to no tenant.

    Repeat: what is sealed with it already is left alone, so that this continues where it stopped.
    """
    for scope in (*([tenant] for tenant in tenants), []):
        with tenant_scope(scope):
            concerned = [place for place in places() if place.is_of_tenants is bool(scope)]
            done = sum((place.reseal() for place in concerned), Resealed())
        yield done


def retire_key(key: str, tenants: Sequence[int]) -> None:
    """Take a key out of the file once no value needs it. Whoever stores a value at that moment is
    waited for; whoever has read one before its rotation must read it again when it does not open.

    Raises: UnknownKey, KeyIsCurrent, KeyInUse.
    """
    with folder_lock(key_file().parent):
        ring = present_keys()
        if key not in ring.keys:
            raise UnknownKey(key)
        if key == ring.current:
            raise KeyIsCurrent(key)
        with tenant_scope([]):
            _keep_writers_out()
            values = count_values(tenants)[key]
            if values:
                raise KeyInUse(key, values)
            left = {name: value for name, value in ring.keys.items() if name != key}
            replace_keys(key_file(), left)


def _keep_writers_out() -> None:
    """Until the transaction ends: who locks a row to seal a value into it waits as well."""
    with connection.cursor() as cursor:
        for place in places():
            cursor.execute(f"LOCK TABLE {place.table} IN EXCLUSIVE MODE")


def _portions(tenants: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(tenants), TENANTS_AT_A_TIME):
        yield tenants[start : start + TENANTS_AT_A_TIME]
