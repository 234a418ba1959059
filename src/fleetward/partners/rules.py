"""Certification by courses (T6), and what a location id and a line of courses look like. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from fleetward.partners.contracts import COURSE_CHARACTERS, LOCATION_CHARACTERS

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*")
# Headers of a file of completed courses, by field; compared without case, spaces and punctuation.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "email": (
        "email", "emailaddress", "mail", "user", "username", "learner", "learneremail",
        "adresseemail", "courriel", "utilisateur", "adressemail",
    ),
    "course": (
        "courseid", "course", "coursenumber", "courseno", "coursecode", "training", "trainingid",
        "identifiantducours", "cours", "formation", "codeducours", "numeroducours",
    ),
    "completed_on": (
        "completedon", "completed", "completiondate", "datecompleted", "date", "passedon",
        "terminele", "datedefin", "dateachevement", "suivile",
    ),
}  # fmt: skip
_ACCENTS = str.maketrans("éèêàçùîôûâ", "eeeacuioua")
_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")


def is_complete(steps: Sequence[str], completed: Mapping[str, date]) -> bool:
    """Whether the courses of a programme are all completed, each not before the one ahead of it."""
    days = [completed[step] for step in steps if step in completed]
    return bool(steps) and len(days) == len(steps) and is_in_order(days)


def is_in_order(days: Iterable[date]) -> bool:
    """Two courses of one day are in order: nobody tells the hour."""
    return all(one <= following for one, following in pairwise(days))


def location_code(text: str) -> str | None:
    """A location id as it is kept; None for what is none."""
    code = "".join(text.split()).upper()
    fits = len(code) <= LOCATION_CHARACTERS and _CODE.fullmatch(code)
    return code if fits else None


def course_code(text: str) -> str | None:
    """A course id as it is kept. Spreadsheets drop zeros in front: it has ten digits or more."""
    code = "".join(text.split()).upper()
    if code.isdigit():
        code = code.zfill(10)
    fits = len(code) <= COURSE_CHARACTERS and _CODE.fullmatch(code)
    return code if fits else None


def day_of(text: str) -> date | None:
    """A day as a file gives it. Of 03/04/2026 nobody knows which is the month: it is none."""
    # A cell of a workbook with the time of the day.
    word = text.strip().replace("T", " ").split(" ")[0]
    for form in _FORMATS:
        try:
            return datetime.strptime(word, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def columns_of(headers: Iterable[str]) -> dict[str, str]:
    """Which header gives which field of a line of courses; a field without one is left out."""
    known = {_squashed(header): header for header in headers}
    found = {
        field: next((known[word] for word in words if word in known), None)
        for field, words in HEADERS.items()
    }
    return {field: header for field, header in found.items() if header is not None}


def _squashed(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", header.casefold().translate(_ACCENTS))
