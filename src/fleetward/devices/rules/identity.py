"""Which stored devices of a serial somebody means by a manufacturer (T10, W16)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

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


@dataclass(frozen=True, slots=True)
class Meant(Generic[K]):
    """`own` are of the manufacturer named, `kin` of the company that it may be as well."""

    own: list[K]
    kin: list[K]

    @property
    def by_product_number(self) -> list[K]:
        """Among which a product number decides; the first that has it is meant."""
        return [*self.own, *self.kin]

    @property
    def by_serial(self) -> list[K]:
        """Those that the serial alone may mean: kin only where there are none of its own."""
        return self.own or self.kin


def meant(given: Maker, stored: Mapping[K, Maker]) -> Meant[K]:
    """What a row or an entry may mean of the stored devices that have its serial.

    For kin, both sides must leave it open: a stored HP EliteBook is not what somebody means by HPE.
    """
    return Meant(
        own=[key for key, maker in stored.items() if maker.name == given.name],
        kin=[
            key
            for key, maker in stored.items()
            if maker.name == given.other and maker.other == given.name
        ],
    )


def agreed_maker(one: str, other: str) -> str:
    """The manufacturer of a device that two name differently: HPE, which nobody says by mistake."""
    return one if one == other else "HPE"
