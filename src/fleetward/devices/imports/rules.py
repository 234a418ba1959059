"""Matching the columns of a list to fields: what is guessed, what is allowed, what is shown.

And which refused rows are named where the whole list of them would be too long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from fleetward.devices.contracts import LIST_FIELDS
from fleetward.devices.imports.contracts import (
    OUR_HEADERS,
    BadMapping,
    ColumnMatch,
    RefusedRows,
    Report,
)
from fleetward.devices.rules import guess_columns, missing_fields

SAMPLES = 3
# Of each refusal in each field; the files name every row.
MOST_NUMBERS = 5


def is_ours(header: str) -> bool:
    """Whether we wrote the column, into an error file or a summary: nobody needs to map it."""
    return header.casefold() in {ours.casefold() for ours in OUR_HEADERS}


def columns_read(
    headers: Sequence[str], sample: Sequence[Sequence[str]]
) -> tuple[ColumnMatch, ...]:
    """Every column of the file with its first values, not matched yet."""
    return tuple(
        ColumnMatch(
            header=header,
            samples=tuple(v for row in sample if (v := row[place].strip()))[:SAMPLES],
            is_ours=is_ours(header),
        )
        for place, header in enumerate(headers)
    )


def guessed_mapping(headers: Sequence[str]) -> dict[str, str]:
    """Field -> header, by the synonyms and the profile of the exporting program."""
    return dict(guess_columns([h for h in headers if not is_ours(h)]).columns)


def profile_of(headers: Sequence[str]) -> str:
    return str(guess_columns([h for h in headers if not is_ours(h)]).profile)


def check_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> None:
    """Raises: BadMapping, for what does not exist or is used twice."""
    known, seen = set(headers), set()
    for field, header in mapping.items():
        if field not in LIST_FIELDS:
            raise BadMapping(field)
        if header not in known or header in seen:
            raise BadMapping(header)
        seen.add(header)


def columns_of(
    columns: Sequence[ColumnMatch], mapping: Mapping[str, str]
) -> tuple[ColumnMatch, ...]:
    """The columns with the fields that they fill now."""
    fields = {header: field for field, header in mapping.items()}
    return tuple(
        ColumnMatch(c.header, fields.get(c.header, ""), c.samples, c.is_ours) for c in columns
    )


def missing_of(mapping: Mapping[str, str], default_manufacturer: str) -> tuple[str, ...]:
    """Fields without which no row of the list can be identified (T10)."""
    return missing_fields(mapping, has_default_manufacturer=bool(default_manufacturer))


def with_refused(report: Report, found: Iterable[RefusedRows]) -> Report:
    """The report with what its batches refused: the most frequent first, the first rows of each."""
    counts: Counter[tuple[str, str]] = Counter()
    numbers: dict[tuple[str, str], list[int]] = {}
    refusals: Counter[str] = Counter()
    for rows in found:
        kind = rows.refusal, rows.field
        counts[kind] += rows.count
        refusals[rows.refusal] += rows.count
        numbers.setdefault(kind, []).extend(rows.first)
    refused = tuple(
        RefusedRows(*kind, counts[kind], tuple(sorted(numbers[kind])[:MOST_NUMBERS]))
        for kind in sorted(counts, key=lambda kind: (-counts[kind], kind))
    )
    return replace(report, refusals=dict(refusals), refused=refused)
