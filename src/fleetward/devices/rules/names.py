"""Reading what an installation adds to our names of manufacturers and columns, and to our marks of
HPE's servers and of virtual machines (W16, E12).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from fleetward.devices.contracts import LIST_FIELDS, MOST_CHARACTERS
from fleetward.devices.rules.keys import Names, Words, squash
from fleetward.devices.rules.manufacturers import manufacturer_key
from fleetward.devices.rules.values import clean_text

_PARTS = ("manufacturers", "headers", "server_lines", "virtual_machines")
# The lists of the two parts whose lists have fixed names.
_LISTS = {"server_lines": ("words", "numbered"), "virtual_machines": ("manufacturers", "models")}


class BadNames(ValueError):
    """The names cannot be used; the text says which and why."""


def parse_names(text: str) -> Names:
    """The names in TOML, by parts with words for each name. Raises: BadNames."""
    try:
        tree = tomllib.loads(text)
    except ValueError as error:
        # What the reader says of TOML is one; Python says another of a number without end.
        raise BadNames(f"is not TOML: {error}") from None
    except RecursionError:
        raise BadNames("its brackets are nested too deeply") from None
    for part in sorted(tree.keys() - set(_PARTS)):
        known = ", ".join(f"[{one}]" for one in _PARTS)
        raise BadNames(f"there is no part {part}; the parts are {known}")
    names = Names(**{part: _words(tree.get(part, {}), part) for part in _PARTS})
    for maker, _ in names.manufacturers:
        _refuse_unfit(maker)
    _refuse_unknown(names.headers, "headers", "field", LIST_FIELDS)
    _refuse_doubles(names.manufacturers, "manufacturers", manufacturer_key)
    _refuse_doubles(names.headers, "headers", squash)
    for part, lists in _LISTS.items():
        _refuse_unknown(getattr(names, part), part, "list", lists)
        _refuse_empty(getattr(names, part), part, squash)
    return names


def _words(part: Any, name: str) -> Words:
    if not isinstance(part, dict):
        raise BadNames(f"{name} must be a part of its own, [{name}]")
    for owner, words in part.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise BadNames(f'[{name}] {owner}: must be a list of words, such as ["one", "two"]')
    return tuple((owner, tuple(words)) for owner, words in part.items())


def _refuse_unfit(maker: str) -> None:
    most = MOST_CHARACTERS["manufacturer"]
    if clean_text(maker) != maker or not 0 < len(maker) <= most:
        raise BadNames(
            f"[manufacturers] {maker!r}: a name has 1 to {most} characters and no spaces around it"
        )


def _refuse_unknown(part: Words, name: str, kind: str, known: Sequence[str]) -> None:
    for owner, _ in part:
        if owner not in known:
            raise BadNames(f"[{name}] {owner}: there is no such {kind}; {', '.join(known)}")


def _refuse_empty(part: Words, name: str, key: Callable[[str], str]) -> None:
    for owner, words in part:
        for word in words:
            if not key(word):
                raise BadNames(f"[{name}] {owner}: {word!r} has neither letters nor digits")


def _refuse_doubles(part: Words, name: str, key: Callable[[str], str]) -> None:
    """A word must say whose it is."""
    _refuse_empty(part, name, key)
    owners: dict[str, str] = {}
    for owner, words in part:
        for word in words:
            if owners.setdefault(key(word), owner) != owner:
                raise BadNames(f"[{name}] {word!r} stands at {owners[key(word)]} and at {owner}")
