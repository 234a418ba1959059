"""Rules of transfers: the columns of a file, and where its rows go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetward.devices.contracts import Problem
from fleetward.devices.imports.contracts import ExtraValue
from fleetward.transfers.contracts import (
    CUSTOMER_HEADER,
    SERIAL_HEADER,
    ColumnsMissing,
    CustomerGroup,
    MixedTargets,
    TargetMissing,
)

# X3, and what people write instead; compared without case, blanks and marks.
CUSTOMER_HEADERS = (
    "customerid",
    "customernumber",
    "targetcustomerid",
    "idclient",
    "identifiantclient",
)


def columns_of(headers: Sequence[str], naming: Mapping[str, str]) -> dict[str, str]:
    """The header of each column that is read. `naming`: those of serial and manufacturer.

    Raises: ColumnsMissing.
    """
    customer = next((h for h in headers if _squashed(h) in CUSTOMER_HEADERS), None)
    found = dict(naming) | ({"customer": customer} if customer else {})
    needed = {"serial": SERIAL_HEADER, "customer": CUSTOMER_HEADER}
    missing = [label for column, label in needed.items() if column not in found]
    if missing:
        raise ColumnsMissing(", ".join(missing))
    return found


def _squashed(header: str) -> str:
    return "".join(symbol for symbol in header.casefold() if symbol.isalnum())


def target_of(values: Sequence[ExtraValue], distinct: int) -> str:
    """The one Customer ID of all rows; `values` in the order of their first rows.

    Raises: MixedTargets, TargetMissing (X4).
    """
    named = [value for value in values if value.text]
    blank = next((value for value in values if not value.text), None)
    if blank is not None and len(named) <= 1 and distinct <= 2:
        raise TargetMissing(blank.first_row)
    if distinct > 1:
        raise MixedTargets(distinct - (blank is not None), values[1].first_row)
    return values[0].text


def count_more_groups(groups: Sequence[CustomerGroup], problem: Problem | None) -> int:
    """How many customers a mixed file names beside those that were kept of it."""
    if problem is None or problem.code != MixedTargets.code:
        return 0
    kept = sum(bool(group.customer_id) for group in groups)
    return int(str(problem.details["customers"])) - kept
