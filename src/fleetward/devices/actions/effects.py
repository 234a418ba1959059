"""Upper contexts follow in the same transaction when devices are written (`DeviceEffect`).

Whoever inserts, changes or deletes devices fills the temporary table `devices_written` and calls
`apply_effects`: a slice of a bulk change is one call, as a single device is.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from fleetward.devices.contracts import IDENTITY_FIELDS, QUESTION_FIELDS, DeviceEffect
from fleetward.infra.tx import wait_turn

# NEW: added or restored. IDENTITY: serial, manufacturer or product number changed (W17). QUESTION:
# the country or the mark of a virtual machine changed, of the same machine. GONE: deleted. Other
# changes have no effect elsewhere and are not noted.
_TABLE = """
CREATE TEMPORARY TABLE IF NOT EXISTS devices_written (
    device_id bigint PRIMARY KEY,
    change text NOT NULL CHECK (change IN ('NEW', 'IDENTITY', 'QUESTION', 'GONE'))
) ON COMMIT DELETE ROWS
"""


# From here on writers of a tenant go one by one: their effects share the rows of its tally.
_TURN_LOCK = 7_302

_effects: list[DeviceEffect] = []


def register(effect: DeviceEffect) -> None:
    """Called once at start by the app configuration of an upper context."""
    _effects.append(effect)


def change_of(fields: Collection[str], *, was_active: bool = True) -> str:
    """What others must follow when these fields of a device change; '' for nothing.

    One that comes back as another machine brings none of its answers along (W17).
    """
    if not IDENTITY_FIELDS.isdisjoint(fields):
        return "IDENTITY"
    if not was_active:
        return "NEW"
    return "" if QUESTION_FIELDS.isdisjoint(fields) else "QUESTION"


def prepare() -> None:
    """Make the temporary table, empty, in the present transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        cursor.execute("DELETE FROM devices_written")


def take_turn(*, tenant: int) -> None:
    """Wait for other writers of many devices, once one's own are written, most of the work.

    So that nobody waits for devices with it.
    """
    wait_turn(_TURN_LOCK, tenant)


def apply_effects(*, tenant: int) -> None:
    """Let every registered context follow, then forget the marks."""
    for effect in _effects:
        effect.devices_written(tenant=tenant)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM devices_written")
