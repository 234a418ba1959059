"""Which columns a list has, in which order and how wide: chosen by the reader, kept as one word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

COOKIE_SECONDS = 365 * 24 * 3600
# The name under which an address holds columns.
COLUMNS = "cols"
NARROWEST, WIDEST = 60, 900
LONGEST_LAYOUT = 1_000


class Named(Protocol):
    """A column, by its key."""

    @property
    def key(self) -> str: ...


Spec = TypeVar("Spec", bound=Named)


@dataclass(frozen=True, slots=True)
class Layout(Generic[Spec]):
    """The columns of a list in their order, with the widths in pixels that a reader gave them."""

    specs: tuple[Spec, ...]
    widths: Mapping[str, int]

    @property
    def word(self) -> str:
        """As a cookie, an address or a view keeps it: `name-220.status.serial`."""
        return ".".join(
            f"{spec.key}-{self.widths[spec.key]}" if spec.key in self.widths else spec.key
            for spec in self.specs
        )


@dataclass(frozen=True, slots=True)
class Catalogue(Generic[Spec]):
    """All columns of a list, the usual ones, and the one that leads to what a row is of."""

    specs: tuple[Spec, ...]
    usual: tuple[str, ...]
    always: str

    def read(self, word: str) -> Layout[Spec]:
        """The columns of a word; what is none of ours is left out, the usual ones when none is."""
        widths: dict[str, int] = {}
        keys = []
        for part in word[:LONGEST_LAYOUT].split("."):
            key, _dash, width = part.partition("-")
            keys.append(key)
            if width.isascii() and width.isdigit():
                widths[key] = min(max(int(width), NARROWEST), WIDEST)
        return self.of(keys, widths)

    def of(self, keys: Iterable[str], widths: Mapping[str, int] | None = None) -> Layout[Spec]:
        """The known columns among `keys`, in that order; the usual ones when none is."""
        known = {spec.key: spec for spec in self.specs}
        wanted = [key for key in dict.fromkeys(keys) if key in known] or list(self.usual)
        if self.always not in wanted:
            wanted.insert(0, self.always)
        given = {key: width for key, width in (widths or {}).items() if key in wanted}
        return Layout(tuple(known[key] for key in wanted), given)

    def posted(self, post: QueryDict, known: Layout[Spec]) -> Layout[Spec]:
        """What the chooser sent, whose columns keep the widths that they have."""
        if post.get("reset"):
            return self.of(())
        if not post.getlist("columns"):
            # Only widths, from a head that was dragged: each as key-pixels.
            return self.read(post.get("widths", ""))
        keys, raised = post.getlist("columns"), post.get("up", "")
        if raised in keys[1:]:
            at = keys.index(raised)
            keys[at - 1 : at + 1] = [raised, keys[at - 1]]
        return self.of(keys, known.widths)


def list_in(home: str, address: str) -> QueryDict:
    """The list where the reader was: nothing of an address that leads elsewhere."""
    parts = urlsplit(address)
    is_here = parts.path == home and url_has_allowed_host_and_scheme(address, None)
    return QueryDict(parts.query if is_here else "", mutable=True)
