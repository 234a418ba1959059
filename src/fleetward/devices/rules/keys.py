"""Text reduced to what people mean by it, for comparing; and the data files beside the rules."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any


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
