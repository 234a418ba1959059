"""What to look at in a stored serial; the serial itself is never changed (E12)."""

from __future__ import annotations

from fleetward.devices.contracts import HintCode
from fleetward.devices.rules import serial_hints


def hints_of(*, manufacturer: str, serial: str) -> tuple[HintCode, ...]:
    """Hints on a canonical serial. Needs no database."""
    return serial_hints(manufacturer, serial)
