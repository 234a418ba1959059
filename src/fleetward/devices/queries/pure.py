"""What doors and upper contexts ask without a database: the rules of devices (design, 4)."""

from __future__ import annotations

from fleetward.devices.contracts import HintCode
from fleetward.devices.rules import (
    BadNames,
    canonical_product_number,
    canonical_serial,
    clean_text,
    country_code,
    country_names,
    default_junk,
    guess_columns,
    is_virtual_machine,
    missing_fields,
    normalise_manufacturer,
    parse_names,
    serial_hints,
    serial_problem,
    use_names,
)

__all__ = [
    "BadNames",
    "canonical_product_number",
    "canonical_serial",
    "clean_text",
    "country_code",
    "country_names",
    "default_junk",
    "guess_columns",
    "hints_of",
    "is_virtual_machine",
    "missing_fields",
    "normalise_manufacturer",
    "parse_names",
    "serial_problem",
    "use_names",
]


def hints_of(*, manufacturer: str, serial: str) -> tuple[HintCode, ...]:
    """What to look at in a stored serial; the serial itself is never changed (E12)."""
    return serial_hints(manufacturer, serial)
