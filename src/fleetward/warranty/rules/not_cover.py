"""Which lines of a vendor's list are no hardware cover (W9): data, matched here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from fleetward.warranty.contracts import Entitlement, NotCover

# Each with as many characters as are stored of it.
FIELDS = {"provider": 32, "code": 80, "name_contains": 120}


def is_not_cover(entitlement: Entitlement, not_cover: Iterable[NotCover]) -> bool:
    """Whether an entry of the list says that this line is no hardware cover."""
    return any(_matches(entry, entitlement) for entry in not_cover)


def _matches(entry: NotCover, line: Entitlement) -> bool:
    return (
        entry.provider in ("", line.source)
        and entry.code.lower() in ("", line.code.lower())
        and entry.name_contains.lower() in line.name.lower()
    )


def parse_not_cover(text: str) -> tuple[NotCover, ...]:
    """Read a list in the form of `data/not_cover.toml`.

    Raises: ValueError, in words that name the entry.
    """
    try:
        parsed = tomllib.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None
    entries = parsed.get("not_cover", [])
    # A misspelt name would empty the list.
    if parsed.keys() - {"not_cover"} or not isinstance(entries, list):
        raise ValueError("not_cover: give entries that begin with [[not_cover]]")
    return tuple(_entry(number, entry) for number, entry in enumerate(entries, start=1))


def _entry(number: int, entry: object) -> NotCover:
    if not isinstance(entry, dict):
        raise ValueError(f"entry {number}: begin it with [[not_cover]]")
    unknown = sorted(entry.keys() - FIELDS.keys())
    if unknown:
        raise ValueError(f"entry {number}: unknown field {', '.join(unknown)}")
    parsed = NotCover(
        provider=str(entry.get("provider", "")),
        code=str(entry.get("code", "")),
        name_contains=str(entry.get("name_contains", "")),
    )
    for name, longest in FIELDS.items():
        text = str(getattr(parsed, name))
        if len(text) > longest or "\0" in text:
            raise ValueError(f"entry {number}: {name} has up to {longest} characters, and no NUL")
    # Without both it would declare every line of the provider to be nothing.
    if not parsed.code and not parsed.name_contains:
        raise ValueError(f"entry {number}: give a code or a name_contains")
    return parsed


@cache
def default_not_cover() -> tuple[NotCover, ...]:
    """The list that comes with the product."""
    data = files("fleetward.warranty").joinpath("data", "not_cover.toml")
    return parse_not_cover(data.read_text(encoding="utf-8"))
