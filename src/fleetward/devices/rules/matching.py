"""Which stored device is meant where no id says so (T10), as `devices.imports` matches rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from fleetward.devices.contracts import BadDevice, Refusal
from fleetward.devices.rules.identity import Maker, meant

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Stored:
    """What decides of a stored device of the same serial."""

    maker: Maker
    product_number: str
    is_active: bool


def named(maker: Maker, product_number: str, stored: Mapping[K, Stored]) -> K | None:
    """The device that a manufacturer and a product number mean; None for one that is new.

    `stored`: the devices of its serial, the oldest first. Active ones come before deleted ones.

    Raises: BadDevice, where the product number is missing and several devices could be meant.
    """
    found = meant(maker, {key: one.maker for key, one in stored.items()})
    if product_number:
        same = (k for k in found.by_product_number if stored[k].product_number == product_number)
        return next(same, None) or _incomplete(found.by_serial, stored)
    return _by_serial(found.by_serial, stored)


def _incomplete(keys: list[K], stored: Mapping[K, Stored]) -> K | None:
    """The only device, where it is one whose product number was not known until now."""
    alone = len(keys) == 1 and stored[keys[0]].is_active and not stored[keys[0]].product_number
    return keys[0] if alone else None


def _by_serial(keys: list[K], stored: Mapping[K, Stored]) -> K | None:
    """Raises: BadDevice."""
    active = [key for key in keys if stored[key].is_active]
    among = active or keys
    without = [key for key in among if not stored[key].product_number]
    if len(among) > 1 and not without:
        raise BadDevice("serial", Refusal.AMBIGUOUS_SERIAL)
    return next(iter([*without, *among]), None)
