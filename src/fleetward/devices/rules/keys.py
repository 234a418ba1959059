"""Text reduced to what people mean by it, for comparing; and the data that the rules go by."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

# Words for each name, in an order that may matter.
Words = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=65_536)
def squash(text: str) -> str:
    """Letters and digits only, without case and accents: "N° de série" is "ndeserie"."""
    # The degree and ordinal signs of "N°" and "Nº" would turn into letters.
    plain = unicodedata.normalize("NFKD", text.replace("º", "").replace("ª", ""))
    return "".join(letter for letter in plain.casefold() if letter.isalnum())


@cache
def shipped(name: str) -> dict[str, Any]:
    """A data file that comes with the product."""
    data = files("fleetward.devices").joinpath("data", name)
    return tomllib.loads(data.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Names:
    """What an installation adds to the shipped words for manufacturers and fields of lists, and to
    the marks of HPE's servers and of virtual machines.
    """

    manufacturers: Words = ()
    headers: Words = ()
    server_lines: Words = ()
    virtual_machines: Words = ()


# Set once, when a process starts: to every rule it is a constant, as the shipped data are.
_own = [Names()]


def own_names() -> Names:
    """What this installation adds; nothing, unless `use_names` was told."""
    return _own[0]


def use_names(names: Names) -> None:
    """Go by these names from now on, beside the shipped ones."""
    _own[0] = names
