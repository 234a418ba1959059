"""The filter of a device list in words, as its address and a dynamic group hold it (E13). Pure.

Reading leaves out what is no word of ours or one too many; `strange` names that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid_conditions import read_conditions
from fleetward.warranty.queries.grid_filter import DeviceFilter

Word = TypeVar("Word", bound=StrEnum)
Words = Mapping[str, Sequence[str]]

# The days from today on which coverage ends, by the word of such a stretch.
ENDS: dict[str, tuple[int, int]] = {
    "-90": (-90, -1),
    "-30": (-30, -1),
    "30": (0, 30),
    "60": (0, 60),
    "90": (0, 90),
}
# The days that are given themselves; a stretch comes before them.
DAYS = ("ends_from", "ends_to")
# Names of which the last value holds, whatever stands before it.
SINGLE = ("q", "ends", *DAYS, "state")
ANSWERS: dict[str, dict[str, bool]] = {
    "checked": {"is_checked": True},
    "unchecked": {"is_checked": False},
    "simulated": {"is_simulated": True},
    "real": {"is_simulated": False},
}
# Which devices are shown: the active ones, or by `STATES` of the inactive ones the deleted, the
# archived (E11), or both.
ACTIVE, DELETED, ARCHIVED, INACTIVE = "", "deleted", "archived", "inactive"
STATES: dict[str, bool | None] = {DELETED: False, ARCHIVED: True, INACTIVE: None}
# The vendors that are left out.
EXCEPT = "vendor_not"
ANSWER = "answer"
CONDITIONS = "where"
GROUP = "group"
SELECTION = "selection"
NAMES = (
    "q",
    "status",
    "reason",
    "vendor",
    EXCEPT,
    "model",
    GROUP,
    SELECTION,
    "ends",
    *DAYS,
    ANSWER,
    "state",
    CONDITIONS,
)
MOST_VALUES = 500
LONGEST_SEARCH = 200


def words_in(query: str) -> Words:
    """The words of a query as an address holds it, each name with its values, also empty ones."""
    return parse_qs(query, keep_blank_values=True)


def settled(words: Words) -> Words:
    """The words without names whose last value is empty, where the last one holds, and without
    days of which a stretch takes the place: the list has fields of both in one form, and so an
    address can hold both.
    """
    asked = {name: values for name, values in words.items() if not _is_emptied(words, name)}
    if _one(words, "ends") not in ENDS:
        return asked
    return {name: values for name, values in asked.items() if name not in DAYS}


def _is_emptied(words: Words, name: str) -> bool:
    return name in SINGLE and not _plain(_one(words, name))


def _plain(text: str) -> str:
    """A text as it can be looked for: PostgreSQL stores no NUL."""
    return text.replace("\0", "").strip()


def query_of(words: Words) -> str:
    """The filter of an address in its one form: settled, in one order, each word once, and nothing
    beside it. The list of it is that of the address.
    """
    plain = settled(words)
    kept = {name: filter(None, _once(name, plain.get(name, ()))) for name in NAMES}
    return urlencode([(name, value) for name, values in kept.items() for value in values])


def _once(name: str, values: Sequence[str]) -> list[str]:
    """Each value once; the last one stays the last where it is the one that holds."""
    if name in SINGLE or name == ANSWER:
        return list(dict.fromkeys(reversed(values)))[::-1]
    return list(dict.fromkeys(values))


def read_filter(words: Words, *, today: date, zone: str) -> DeviceFilter:
    """The filter that words hold on a day of a tenant.

    Twin of the API's `SelectionFilter.address`, which writes what is read here.
    """
    first, latest = _ends(words, today)
    state = read_state(words)
    marks: dict[str, bool] = {}
    for answer in words.get(ANSWER, ()):
        marks |= ANSWERS.get(answer, {})
    return DeviceFilter(
        statuses=_words(Status, words.get("status", ())),
        reasons=_words(Reason, words.get("reason", ())),
        manufacturers=read_texts(words.get("vendor", ())),
        except_manufacturers=read_texts(words.get(EXCEPT, ())),
        models=read_texts(words.get("model", ())),
        ends_from=first,
        ends_to=latest,
        is_active=state == ACTIVE,
        is_archived=STATES.get(state),
        is_checked=marks.get("is_checked"),
        is_simulated=marks.get("is_simulated"),
        text=_one(words, "q")[:LONGEST_SEARCH],
        groups=read_uids(words.get(GROUP, ())),
        selection=next(iter(read_uids(words.get(SELECTION, ()))), None),
        conditions=read_conditions(words.get(CONDITIONS, ()), today=today, zone=zone),
    )


def read_state(words: Words) -> str:
    """Which devices are asked for; the active ones where nothing of ours is said."""
    state = _one(words, "state")
    return state if state in STATES else ACTIVE


def strange(words: Words) -> str:
    """A word that is lost when all are read, as `name=value`; '' when each makes a difference."""

    def read(some: Words) -> DeviceFilter:
        return read_filter(some, today=date(2000, 1, 1), zone="UTC")

    everything = read(words)
    for name, values in words.items():
        for value in filter(None, dict.fromkeys(values)):
            if read({**words, name: [v for v in values if v != value]}) == everything:
                return f"{name}={value}"
    return ""


def _one(words: Words, name: str) -> str:
    values = words.get(name) or [""]
    return values[-1]


def _ends(words: Words, today: date) -> tuple[date | None, date | None]:
    days = ENDS.get(_one(words, "ends"))
    if days:
        return today + timedelta(days=days[0]), today + timedelta(days=days[1])
    return read_day(_one(words, "ends_from")), read_day(_one(words, "ends_to"))


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


def read_uids(given: Iterable[str]) -> tuple[UUID, ...]:
    """Names of ours in their one form; at most so many, as of other values."""
    found = []
    for text in read_texts(given):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
