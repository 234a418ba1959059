"""Who made a device (W16), and whether it is one at all: virtual machines get no look-up (E12)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fleetward.devices.rules.keys import Names, Words, own_names, shipped, squash

_COMPANY_WORDS = re.compile(
    r"\b(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|llp|plc|gmbh|ag|kg|sa|sas"
    r"|sarl|spa|srl|bv|nv|ab|oy|as|pte|pty|kk|group|the)\b"
)
_PUNCTUATION = re.compile(r"[^\w&]+")
_FILE = "manufacturers.toml"


def normalise_manufacturer(text: str, model: str = "") -> str:
    """The canonical name, or the text itself, tidied, for a company that nobody has told us of.

    HP, HP Inc. and Hewlett-Packard are HP; Hewlett Packard Enterprise and HP's server lines, which
    the model tells, are HPE (W16). An empty text stays empty: a model alone proves no maker.
    """
    tidy = " ".join(text.split())
    known = _canonical_names(own_names()).get(manufacturer_key(tidy), tidy)
    return "HPE" if known == "HP" and _server_models(own_names()).search(model) else known


def other_maker(manufacturer: str, model: str) -> str:
    """The other company that a canonical manufacturer may stand for, or '' (W16).

    "HP" without a model may be HPE's, because firmware and lists say HP for both, and only the
    model tells. And what is HPE's may be known as HP's until then.
    """
    if manufacturer == "HP" and not model:
        return "HPE"
    return "HP" if manufacturer == "HPE" else ""


@lru_cache(maxsize=65_536)
def manufacturer_key(text: str) -> str:
    """Without case, punctuation and legal forms: "Dell Inc." and "DELL" are one."""
    words = _PUNCTUATION.sub(" ", text.casefold().replace(".", ""))
    return squash(_COMPANY_WORDS.sub(" ", words)) or squash(text)


@lru_cache(maxsize=2)
def _canonical_names(own: Names) -> dict[str, str]:
    ours = {
        manufacturer_key(alias): name
        for name, aliases in shipped(_FILE)["manufacturers"].items()
        for alias in aliases
    }
    theirs = {
        # "DELL" of an installation is our Dell, whom a provider is asked about.
        manufacturer_key(alias): ours.get(manufacturer_key(name), name)
        for name, aliases in own.manufacturers
        for alias in (name, *aliases)
    }
    return ours | theirs


def is_virtual_machine(manufacturer: str, model: str) -> bool:
    """Whether the pair is what a hypervisor or a cloud shows as its hardware."""
    makers, models = _virtual_marks(own_names())
    return squash(manufacturer).startswith(makers) or models.search(model) is not None


@lru_cache(maxsize=2)
def _server_models(own: Names) -> re.Pattern[str]:
    """What tells in a model of HP's that it is HPE's."""
    families = "|".join(map(re.escape, _marks("server_lines", "numbered", own.server_lines)))
    # DL380 Gen10, ML30 Gen 9, BL460c G7.
    numbered = rf"\b(?:{families})\d{{1,4}}[a-z]{{0,2}}\s*(?:gen\s?\d{{1,2}}|g\d{{1,2}})\b"
    words = _any_of(_marks("server_lines", "words", own.server_lines))
    return re.compile(f"{words}|{numbered}", re.IGNORECASE)


@lru_cache(maxsize=2)
def _virtual_marks(own: Names) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """How manufacturers of virtual machines begin, and what tells one in a model."""
    makers, models = (
        _marks("virtual_machines", name, own.virtual_machines)
        for name in ("manufacturers", "models")
    )
    return tuple(map(squash, makers)), re.compile(_any_of(models), re.IGNORECASE)


def _marks(part: str, name: str, own: Words) -> list[str]:
    """The shipped words of a list, and those of the installation."""
    return [*shipped(_FILE)[part][name], *dict(own).get(name, ())]


def _any_of(words: Iterable[str]) -> str:
    """The pattern of whole words, and of words that begin so where * stands at the end."""
    return "|".join(
        rf"(?<!\w){re.escape(word.removesuffix('*'))}" + ("" if word.endswith("*") else r"(?!\w)")
        for word in words
    )
