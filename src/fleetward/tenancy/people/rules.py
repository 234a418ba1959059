"""Reading lists of people, without a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from fleetward.tenancy.people.contracts import Person

# What a field is called, in both languages, without blanks and marks.
_HEADERS: Mapping[str, frozenset[str]] = {
    "email": frozenset(
        {"email", "emailaddress", "mail", "adresseemail", "courriel", "adressemail"}
    ),
    "first": frozenset({"firstname", "givenname", "prenom", "prénom"}),
    "last": frozenset({"lastname", "surname", "familyname", "nom", "nomdefamille"}),
    "name": frozenset({"name", "fullname", "displayname", "nomcomplet"}),
    "role": frozenset({"role", "rôle"}),
}
_BLANKS = " \t\r\n\u00a0"


def columns_of(headers: Sequence[str]) -> dict[str, int]:
    """Field -> column, the first that fits."""
    found: dict[str, int] = {}
    for place, header in enumerate(headers):
        word = re.sub(r"[\W_]", "", header.casefold())
        for field, words in _HEADERS.items():
            if word in words:
                found.setdefault(field, place)
    return found


def people_of(
    columns: Mapping[str, int], rows: Iterable[tuple[int, Sequence[str]]]
) -> list[Person]:
    """A person for each row, whatever is wrong with it."""

    def cell(row: Sequence[str], field: str) -> str:
        place = columns.get(field)
        return row[place].strip(_BLANKS) if place is not None else ""

    return [
        Person(
            row_no,
            cell(row, "email"),
            cell(row, "name") or f"{cell(row, 'first')} {cell(row, 'last')}".strip(),
            cell(row, "role"),
        )
        for row_no, row in rows
    ]


def same_word(text: str) -> str:
    """What two ways to write one role have in common: IT_ADMIN, "it admin"."""
    return re.sub(r"[\W_]", "", text.casefold())
