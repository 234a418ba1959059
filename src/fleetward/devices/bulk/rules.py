"""What a bulk edit may change and what that means for one device, as pure functions.

And when an import may be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from fleetward.devices.bulk.contracts import (
    EDITABLE,
    UNDO_DAYS,
    BulkState,
    ImportUndone,
    NothingImported,
    NothingToChange,
    UndoTooLate,
)
from fleetward.devices.contracts import MOST_CHARACTERS, BadDevice, HintCode, Refusal
from fleetward.devices.imports.contracts import ENDED, ImportNotReady, ImportState
from fleetward.devices.rules import (
    clean_text,
    country_code,
    is_virtual_machine,
    normalise_manufacturer,
)

Value = str | bool | None


def cleaned_changes(given: Mapping[str, str | bool | date | None]) -> dict[str, Value]:
    """Fields with their canonical values, as they are stored with a bulk change.

    '' and None clear a field. Raises: NothingToChange, BadDevice for the first that is refused.
    """
    changes = {name: _cleaned(name, given[name]) for name in EDITABLE if name in given}
    if not changes:
        raise NothingToChange
    return changes


def _cleaned(name: str, value: str | bool | date | None) -> Value:
    if name == "is_virtual":
        return bool(value)
    if name == "purchased_on":
        return value.isoformat() if isinstance(value, date) else None
    text = clean_text(str(value or ""))
    if name == "plan":
        # Which ones there are, and who may give them, is asked when it begins.
        return text
    if name == "country":
        code = country_code(text)
        if code is None:
            raise BadDevice(name, HintCode.UNKNOWN_COUNTRY)
        return code
    if len(text) > MOST_CHARACTERS[name]:
        raise BadDevice(name, Refusal.VALUE_TOO_LONG)
    return text


def is_of_other_maker(manufacturer: str, changes: Mapping[str, Value]) -> bool:
    """Whether the new model is one of another manufacturer (W16).

    That would make it another machine, which may be there already: editing it alone can tell.
    """
    model = changes.get("model")
    return bool(model) and normalise_manufacturer(manufacturer, str(model)) != manufacturer


def is_virtual_anyway(manufacturer: str, model: str, changes: Mapping[str, Value]) -> bool:
    """Whether maker and model say that it is no hardware, whatever somebody ticks (E12)."""
    return is_virtual_machine(manufacturer, str(changes.get("model", model)))


def undo_until(finished_at: datetime | None) -> datetime | None:
    """Until when an import that has ended can be undone (X11)."""
    return finished_at + timedelta(days=UNDO_DAYS) if finished_at else None


def is_undone(state: BulkState | None) -> bool:
    """Whether the latest undo of an import, if any, leaves no room for another."""
    return state is not None and (state.is_open or state is BulkState.DONE)


def check_undo(
    *,
    state: ImportState,
    stored: int,
    until: datetime | None,
    undo: BulkState | None,
    last_day: date,
    now: datetime,
) -> None:
    """Let pass an import that can be undone now.

    `stored`: rows that added or changed a device; `undo`: the state of its latest undo; `last_day`:
    the tenant's day of `until`. Raises: ImportNotReady, NothingImported, ImportUndone, UndoTooLate.
    """
    if state not in ENDED or until is None:
        raise ImportNotReady(state)
    if not stored:
        raise NothingImported
    if is_undone(undo):
        raise ImportUndone
    if now >= until:
        raise UndoTooLate(last_day)
