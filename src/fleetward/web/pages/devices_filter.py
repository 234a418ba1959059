"""The state of the device list in its address: reading it, and addresses that differ by a bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

from django.http import HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid_conditions import read_conditions
from fleetward.warranty.queries.grid_filter import DeviceFilter, Order, Sort
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Word = TypeVar("Word", bound=StrEnum)

# Groups of dates: label, and the days from today on which coverage ends.
ENDS: dict[str, tuple[StrPromise, int, int]] = {
    "-90": (_("In the last 90 days"), -90, -1),
    "-30": (_("In the last 30 days"), -30, -1),
    "30": (_("Within 30 days"), 0, 30),
    "60": (_("Within 60 days"), 0, 60),
    "90": (_("Within 90 days"), 0, 90),
}
ANSWERS: dict[str, tuple[StrPromise, dict[str, bool]]] = {
    "checked": (_("Checked"), {"is_checked": True}),
    "unchecked": (_("Not checked yet"), {"is_checked": False}),
    "simulated": (_("Simulated"), {"is_simulated": True}),
    "real": (_("Not simulated"), {"is_simulated": False}),
}
INACTIVE = "inactive"
# The vendors that are left out.
EXCEPT = "vendor_not"
FILTER_NAMES = (
    "q",
    "status",
    "reason",
    "vendor",
    EXCEPT,
    "model",
    "group",
    "selection",
    "ends",
    "ends_from",
    "ends_to",
    "answer",
    "state",
    "where",
)
CONDITIONS = "where"
# The saved view that an address comes from.
VIEW = "view"
# The device that is open beside the list.
DRAWER = "device"
MOST_VALUES = 500


def read_filter(query: QueryDict, today: date) -> DeviceFilter:
    """The filter that an address holds; what is no word of ours is left out.

    Twin of the API's `SelectionFilter.address`, which writes what is read here.
    """
    first, latest = _ends(query, today)
    marks: dict[str, bool] = {}
    for answer in query.getlist("answer"):
        marks |= ANSWERS[answer][1] if answer in ANSWERS else {}
    return DeviceFilter(
        statuses=_words(Status, query.getlist("status")),
        reasons=_words(Reason, query.getlist("reason")),
        manufacturers=read_texts(query.getlist("vendor")),
        except_manufacturers=read_texts(query.getlist(EXCEPT)),
        models=read_texts(query.getlist("model")),
        ends_from=first,
        ends_to=latest,
        is_active=query.get("state") != INACTIVE,
        is_checked=marks.get("is_checked"),
        is_simulated=marks.get("is_simulated"),
        text=query.get("q", "")[:200],
        groups=_uids(query.getlist("group")),
        selection=next(iter(_uids(query.getlist("selection"))), None),
        conditions=read_conditions(
            query.getlist(CONDITIONS), today=today, zone=timezone.get_current_timezone_name()
        ),
    )


def read_order(query: QueryDict) -> Order:
    """The order that an address holds; by the end of coverage otherwise."""
    sort = query.get("sort", "")
    chosen = Sort(sort) if sort in set(Sort) else Sort.END
    return Order(chosen, query.get("dir") == "desc")


def _ends(query: QueryDict, today: date) -> tuple[date | None, date | None]:
    group = ENDS.get(query.get("ends", ""))
    if group:
        return today + timedelta(days=group[1]), today + timedelta(days=group[2])
    return read_day(query.get("ends_from", "")), read_day(query.get("ends_to", ""))


def read_day(text: str) -> date | None:
    """A day in ISO form; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _words(kind: type[Word], given: Iterable[str]) -> tuple[Word, ...]:
    return tuple(word for word in kind if str(word) in set(given))


def read_texts(given: Iterable[str]) -> tuple[str, ...]:
    """Words that are not ours, each once; as many as an address that a browser sends can hold."""
    return tuple(dict.fromkeys(t for t in given if t and "\0" not in t))[:MOST_VALUES]


def _uids(given: Iterable[str]) -> tuple[UUID, ...]:
    """Names of ours in their one form; at most so many, as of other values."""
    found = []
    for text in read_texts(given):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Address:
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

    def cleared(self) -> str:
        """Without any filter, in the same order."""
        return self.without(*FILTER_NAMES)

    def kept(self, *names: str) -> tuple[tuple[str, str], ...]:
        """What a form must send along, so that it is not lost."""
        return tuple((n, value) for n in names for value in self.query.getlist(n) if value)

    def _first_page(self) -> QueryDict:
        query = self.query.copy()
        query.pop("cursor", None)
        query.pop(DRAWER, None)
        return query


def list_crumb(visit: Visit) -> Crumb:
    return Crumb(gettext("Devices"), reverse("devices", args=[visit.tenant.customer_id]))


def back_to_list(visit: Visit, query: str = "") -> HttpResponseRedirect:
    """The list as it was; only what could be in its own address goes along."""
    home = reverse("devices", args=[visit.tenant.customer_id])
    kept = QueryDict(mutable=True)
    for name, values in parse_qs(query).items():
        if name != "cursor":
            kept.setlist(name, values)
    return HttpResponseRedirect(f"{home}?{kept.urlencode()}" if kept else home)
