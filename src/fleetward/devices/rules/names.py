"""Reading the names that an installation adds to ours, of manufacturers and columns (W16, E12)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

from fleetward.devices.contracts import LIST_FIELDS, MOST_CHARACTERS
from fleetward.devices.rules.keys import Names, Words, squash
from fleetward.devices.rules.manufacturers import manufacturer_key
from fleetward.devices.rules.values import clean_text

_PARTS = ("manufacturers", "headers")


class BadNames(ValueError):
    """The names cannot be used; the text says which and why."""


def parse_names(text: str) -> Names:
    """The names in TOML: `[manufacturers]` and `[headers]`, words for each. Raises: BadNames."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadNames(f"is not TOML: {error}") from None
    for part in sorted(tree.keys() - set(_PARTS)):
        raise BadNames(f"there is no part {part}; the parts are [manufacturers] and [headers]")
    makers, headers = (_words(tree.get(part, {}), part) for part in _PARTS)
    for maker, _ in makers:
        _refuse_unfit(maker)
    for field, _ in headers:
        if field not in LIST_FIELDS:
            raise BadNames(f"[headers] {field}: there is no such field; {', '.join(LIST_FIELDS)}")
    _refuse_doubles(makers, "manufacturers", manufacturer_key)
    _refuse_doubles(headers, "headers", squash)
    return Names(makers, headers)


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


def _refuse_doubles(part: Words, name: str, key: Callable[[str], str]) -> None:
    """A word must say whose it is."""
    owners: dict[str, str] = {}
    for owner, words in part:
        for word in words:
            if not key(word):
                raise BadNames(f"[{name}] {owner}: {word!r} has neither letters nor digits")
            if owners.setdefault(key(word), owner) != owner:
                raise BadNames(f"[{name}] {word!r} stands at {owners[key(word)]} and at {owner}")
