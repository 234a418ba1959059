"""Which column of a list fills which field, by its header, and whose export the list is (E12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from fleetward.devices.contracts import LIST_FIELDS, ColumnGuess, Profile
from fleetward.devices.rules.keys import Names, own_names, shipped, squash


def guess_columns(headers: Sequence[str]) -> ColumnGuess:
    """Match every header to a field or list it as unknown; each field gets one column at most."""
    by_key = {squash(header): header for header in reversed(headers)}
    profile = profile_of(headers)
    preferred = shipped("headers.toml")["profiles"].get(profile, {}).get("prefer", {})
    columns: dict[str, str] = {}
    for field in LIST_FIELDS:
        words = (*map(squash, preferred.get(field, ())), *_synonyms(own_names())[field])
        header = next((by_key[word] for word in words if word in by_key), None)
        if header is not None and header not in columns.values():
            columns[field] = header
    taken = set(columns.values())
    return ColumnGuess(profile, columns, tuple(h for h in headers if h not in taken))


def profile_of(headers: Iterable[str]) -> Profile:
    """The program whose export has these headers."""
    keys = {squash(header) for header in headers}
    for name, marks in shipped("headers.toml")["profiles"].items():
        if any(_has_marks(keys, marks, language) for language in ("", "_fr")):
            return Profile(name)
    return Profile.OTHER


def _has_marks(keys: set[str], marks: Mapping[str, Any], language: str) -> bool:
    needed = {squash(header) for header in marks.get(f"all{language}", ())}
    one = {squash(header) for header in marks.get(f"one{language}", ())}
    return bool(needed) and needed <= keys and bool(one & keys)


def missing_fields(fields: Iterable[str], *, has_default_manufacturer: bool) -> tuple[str, ...]:
    """The fields without which no row of a list has an identity (T10)."""
    needed = ("serial",) if has_default_manufacturer else ("serial", "manufacturer")
    given = set(fields)
    return tuple(field for field in needed if field not in given)


@lru_cache(maxsize=2)
def _synonyms(own: Names) -> dict[str, tuple[str, ...]]:
    """The words for each field, the installation's own first; what is theirs fills no other."""
    theirs = {field: tuple(map(squash, words)) for field, words in own.headers}
    taken = {word for words in theirs.values() for word in words}
    ours = shipped("headers.toml")["fields"]
    return {
        field: (*theirs.get(field, ()), *(w for w in map(squash, ours[field]) if w not in taken))
        for field in LIST_FIELDS
    }
