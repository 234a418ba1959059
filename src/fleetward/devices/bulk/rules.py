"""What a bulk edit may change, and what that means for one device, as pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fleetward.devices.bulk.contracts import EDITABLE, NothingToChange
from fleetward.devices.contracts import MOST_CHARACTERS, BadDevice, HintCode, Refusal
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
