"""The state of the logs in their address: which entries, in which order, with which columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fleetward.audit.contracts import MOST_ACTORS, EntryFilter, LogLevel, LogType, Verb
from fleetward.web.addresses import ListAddress
from fleetward.web.audit_texts import verb_text
from fleetward.web.components.cells import day_text
from fleetward.web.components.shapes import Crumb
from fleetward.web.door import Visit
from fleetward.web.layouts import COLUMNS, Layout
from fleetward.web.log_texts import LEVEL_LABELS, TYPE_LABELS
from fleetward.web.pages.logs_columns import CATALOGUE, COOKIE, ColumnSpec

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Word = TypeVar("Word", bound=StrEnum)

# The saved filter that an address comes from.
SAVED = "view"
# The entry that is open beside the list.
DRAWER = "entry"
WHEN, SINCE, UNTIL = "when", "from", "to"
TYPE, SUB_TYPE, LEVEL, USER, IDENTIFIER = "type", "verb", "level", "user", "q"
# The names in an address that narrow the list.
NAMES = (WHEN, SINCE, UNTIL, TYPE, SUB_TYPE, LEVEL, USER, IDENTIFIER)
LONGEST_IDENTIFIER = 128
LONGEST_ACTOR = 320
LATEST: Mapping[str, tuple[timedelta, StrPromise]] = {
    "1": (timedelta(hours=24), _("In the last 24 hours")),
    "7": (timedelta(days=7), _("In the last 7 days")),
    "30": (timedelta(days=30), _("In the last 30 days")),
    "90": (timedelta(days=90), _("In the last 90 days")),
}


def read_filter(query: QueryDict, *, now: datetime, zone: str) -> EntryFilter:
    """The filter that an address holds; what is no word of ours is left out."""
    since, until = _stretch(query, now, zone)
    return EntryFilter(
        since=since,
        until=until,
        types=_words(query, TYPE, LogType),
        verbs=_words(query, SUB_TYPE, Verb),
        levels=_words(query, LEVEL, LogLevel),
        actors=_actors(query),
        identifier=_clean(query.get(IDENTIFIER, ""))[:LONGEST_IDENTIFIER],
    )


def _stretch(query: QueryDict, now: datetime, zone: str) -> tuple[datetime | None, datetime | None]:
    """The latest hours or days, or whole days of the tenant, both ends included."""
    if latest_of(query):
        return now - LATEST[latest_of(query)][0], None
    first, latest = read_day(query, SINCE), read_day(query, UNTIL)
    return (
        _midnight(first, zone) if first else None,
        _midnight(latest + timedelta(days=1), zone) if latest else None,
    )


def latest_of(query: QueryDict) -> str:
    """Which of the latest hours or days an address asks for; or ''."""
    word = str(query.get(WHEN, ""))
    return word if word in LATEST else ""


def read_day(query: QueryDict, name: str) -> date | None:
    """A day that an address names."""
    try:
        day = date.fromisoformat(query.get(name, ""))
    except ValueError:
        return None
    # Days at the ends of the calendar have no neighbours.
    return day if 1900 <= day.year <= 9000 else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def _words(query: QueryDict, name: str, kind: type[Word]) -> tuple[Word, ...]:
    known = set(kind)
    return tuple(kind(word) for word in dict.fromkeys(query.getlist(name)) if word in known)


def _actors(query: QueryDict) -> tuple[str, ...]:
    given = (_clean(name)[:LONGEST_ACTOR] for name in query.getlist(USER))
    return tuple(name for name in dict.fromkeys(given) if name)[:MOST_ACTORS]


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()


@dataclass(frozen=True, slots=True)
class Asked:
    """The logs that an address asks for."""

    visit: Visit
    address: ListAddress
    only: EntryFilter
    is_ascending: bool
    layout: Layout[ColumnSpec]


def asked(visit: Visit) -> Asked:
    """Read the address of a visit."""
    query = visit.request.GET
    return Asked(
        visit=visit,
        address=ListAddress(reverse("logs", args=[visit.tenant.customer_id]), query),
        only=read_filter(query, now=visit.now, zone=visit.tenant.settings.time_zone),
        is_ascending=query.get("dir") == "asc",
        layout=chosen_layout(visit.request),
    )


def chosen_layout(request: HttpRequest) -> Layout[ColumnSpec]:
    """The columns that the address names, or else those that this reader has chosen."""
    return layout_in(request.GET, request.COOKIES)


def layout_in(query: QueryDict, cookies: Mapping[str, str]) -> Layout[ColumnSpec]:
    return CATALOGUE.read(query.get(COLUMNS) or cookies.get(COOKIE, ""))


def logs_crumb(visit: Visit) -> Crumb:
    return Crumb(gettext("Logs"), reverse("logs", args=[visit.tenant.customer_id]))


def filter_words(only: EntryFilter, query: QueryDict) -> list[tuple[str, str, str, str]]:
    """Each filter in force: its name in the address, its value there, its label and its words."""
    words = [
        *((TYPE, str(t), gettext("Type"), str(TYPE_LABELS[t])) for t in only.types),
        *((SUB_TYPE, str(v), gettext("Sub type"), verb_text(v)) for v in only.verbs),
        *((LEVEL, str(one), gettext("Level"), str(LEVEL_LABELS[one])) for one in only.levels),
    ]
    if only.identifier:
        words.append((IDENTIFIER, "", gettext("Identifier"), only.identifier))
    if only.since or only.until:
        words.insert(0, (WHEN, "", gettext("Time"), _stretch_text(query)))
    return words


def _stretch_text(query: QueryDict) -> str:
    if latest_of(query):
        return str(LATEST[latest_of(query)][1])
    first, latest = read_day(query, SINCE), read_day(query, UNTIL)
    if first and latest:
        both = {"first": day_text(first), "latest": day_text(latest)}
        return gettext("%(first)s to %(latest)s") % both
    if first:
        return gettext("from %(first)s") % {"first": day_text(first)}
    return gettext("until %(latest)s") % {"latest": day_text(latest) if latest else ""}
