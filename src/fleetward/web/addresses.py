"""Addresses of lists, which hold their whole state, and addresses that differ from one by a bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

# What is open beside a list, and the page of it: gone once anything else is changed.
PASSING = ("cursor", "device", "entry")


@dataclass(frozen=True, slots=True)
class ListAddress:
    """A path with a query, and its neighbours. Any change goes back to the first page."""

    path: str
    query: QueryDict

    def of(self, query: QueryDict, path: str = "") -> str:
        tail = query.urlencode()
        return f"{path or self.path}?{tail}" if tail else path or self.path

    def with_values(self, **values: str) -> str:
        """The same list with these single values; '' removes one."""
        query = self._first_page()
        for name, value in values.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return self.of(query)

    def without(self, *names: str, value: str = "") -> str:
        """Without these names, or without one value of theirs."""
        query = self._first_page()
        for name in names:
            query.setlist(name, [v for v in query.getlist(name) if value and v != value])
        return self.of(query)

    def without_any(self, name: str, values: Sequence[str]) -> str:
        """Without some values of one name."""
        query = self._first_page()
        query.setlist(name, [v for v in query.getlist(name) if v not in values])
        return self.of(query)

    def at(self, cursor: str) -> str:
        """Another page of the same list."""
        query = self._first_page()
        query["cursor"] = cursor
        return self.of(query)

    def elsewhere(self, path: str) -> str:
        """The same filter, order and words at another path, such as the export's."""
        return self.of(self._first_page(), path)

    def kept(self, *names: str) -> tuple[tuple[str, str], ...]:
        """What a form must send along, so that it is not lost."""
        return tuple((n, value) for n in names for value in self.query.getlist(n) if value)

    def _first_page(self) -> QueryDict:
        query = self.query.copy()
        for name in PASSING:
            query.pop(name, None)
        return query
