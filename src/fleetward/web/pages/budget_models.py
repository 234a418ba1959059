"""Which models the page of the replacement budget shows: found by name, and page after page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from fleetward.warranty.contracts import BudgetLine
from fleetward.web.components.table import Pager

# Of each model there is a field.
MOST_MODELS = 100
LONGEST_SEARCH = 160
MOST_DIGITS = 4
Words = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Models:
    """The part of all models that an address asks for; pages count from 1."""

    lines: Sequence[BudgetLine]
    number: int
    page: int
    search: str

    @property
    def words(self) -> list[tuple[str, str]]:
        """As an address holds it."""
        return _words(self.search, self.page)

    def pager(self, kept: Words) -> Pager | None:
        """None where one page has all. `kept`: the other words of the address."""
        if self.number <= MOST_MODELS:
            return None
        has_more = self.page * MOST_MODELS < self.number
        return Pager(
            previous_href=self._href(self.page - 1, kept) if self.page > 1 else "",
            next_href=self._href(self.page + 1, kept) if has_more else "",
            size=MOST_MODELS,
        )

    def _href(self, page: int, kept: Words) -> str:
        return f"?{urlencode([*kept, *_words(self.search, page)])}"


def models_of(lines: Sequence[BudgetLine], query: QueryDict) -> Models:
    """Those whose name has each word of the search; what is no page is the nearest one."""
    search = _search_of(query)
    words = search.casefold().split()
    found = sorted((one for one in lines if _is_named(one, words)), key=_place_of)
    last = max(1, -(-len(found) // MOST_MODELS))
    page = min(last, _page_of(query.get("page", "")))
    return Models(found[(page - 1) * MOST_MODELS : page * MOST_MODELS], len(found), page, search)


def words_asked(query: QueryDict) -> list[tuple[str, str]]:
    """What an address asks for, in its own words, whatever is the last page now."""
    return _words(_search_of(query), _page_of(query.get("page", "")))


def _words(search: str, page: int) -> list[tuple[str, str]]:
    found = [("q", search)] if search else []
    return found + ([("page", str(page))] if page > 1 else [])


def _search_of(query: QueryDict) -> str:
    return query.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]


def _is_named(line: BudgetLine, words: Sequence[str]) -> bool:
    name = f"{line.manufacturer} {line.model}".casefold()
    return all(word in name for word in words)


def _place_of(line: BudgetLine) -> bool:
    """First those that the sums leave out though devices are due: their costs are to be entered.

    All others stay in their order.
    """
    return line.cost is not None or not any(line.devices[:-2])


def _page_of(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return max(1, int(text)) if is_number else 1
