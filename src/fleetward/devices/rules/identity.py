"""Which stored devices of a serial somebody means by a manufacturer (T10, W16)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from fleetward.devices.rules.manufacturers import other_maker

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Maker:
    """The canonical manufacturer, and the model, which tells HP from HPE."""

    name: str
    model: str = ""

    @property
    def other(self) -> str:
        """The other company that it may be, or ''."""
        return other_maker(self.name, self.model)


def meant(given: Maker, stored: Mapping[K, Maker]) -> list[K]:
    """Those of its manufacturer; where there are none, those of the company that it may be.

    Both sides must leave it open: a stored HP EliteBook is not what a row means by HPE.
    """
    own = [key for key, maker in stored.items() if maker.name == given.name]
    return own or [
        key
        for key, maker in stored.items()
        if maker.name == given.other and maker.other == given.name
    ]


def agreed_maker(one: str, other: str) -> str:
    """The manufacturer of a device that two name differently: HPE, which nobody says by mistake."""
    return one if one == other else "HPE"
