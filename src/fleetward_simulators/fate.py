"""What becomes of a serial: its machine and cover, the same at every time and place. Pure.

Everything is drawn from a hash of vendor and serial; dates are counted from an anchor day, so that
a test can fix them and a demo stays fresh. Ends of cover spread from about 18 months before the
anchor to 36 after it, most of them three years after shipping.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b

OLDEST_DAYS = 1640  # 54 months
BASE_MONTHS = (36,) * 13 + (12,) * 4 + (24,) + (48, 60)


@dataclass(slots=True)
class Span:
    """One line of cover, not yet in a vendor's words. `role` picks them."""

    role: str
    starts_on: date
    ends_on: date | None

    @property
    def years(self) -> int:
        return round(((self.ends_on or self.starts_on) - self.starts_on).days / 365)


@dataclass(slots=True)
class Machine:
    """A machine that the vendor knows. `pick` are numbers for choosing words from catalogues."""

    serial: str
    pick: int
    ships_on: date
    spans: list[Span] = field(default_factory=list)


class Dice:
    """Small numbers drawn one after another from a hash."""

    __slots__ = ("_bits",)

    def __init__(self, text: str) -> None:
        self._bits = int.from_bytes(blake2b(text.encode(), digest_size=24).digest(), "big")

    def roll(self, sides: int) -> int:
        self._bits, rolled = divmod(self._bits, sides)
        return rolled

    def is_lucky(self, percent: int) -> bool:
        return self.roll(100) < percent


def is_known(vendor: str, serial: str) -> bool:
    """Whether the vendor has sold such a machine: 98 of 100."""
    return Dice(f"known {vendor} {serial}").roll(50) != 0


def is_shared(serial: str) -> bool:
    """Whether several machines have the serial: 1 of 200."""
    return Dice(f"shared {serial}").roll(200) == 0


def machine_of(vendor: str, serial: str, anchor: date) -> Machine:
    """The machine with this serial, as of the anchor day."""
    dice = Dice(f"{vendor} {serial}")
    pick = dice.roll(1 << 20)
    age = (dice.roll(OLDEST_DAYS) + dice.roll(OLDEST_DAYS)) // 2
    machine = Machine(serial, pick, anchor - timedelta(days=age))
    if not dice.is_lucky(1):
        machine.spans = _spans(dice, machine.ships_on)[:4]
    return machine


def _spans(dice: Dice, ships_on: date) -> list[Span]:
    base = BASE_MONTHS[dice.roll(len(BASE_MONTHS))]
    ends_on = months_later(ships_on, base) - timedelta(days=1)
    spans = [Span("base", ships_on, ends_on)]
    if dice.is_lucky(60 if base == 12 else 20):
        more = 24 if base == 12 or dice.is_lucky(30) else 12
        starts_on = ends_on + timedelta(days=1)
        ends_on = months_later(starts_on, more) - timedelta(days=1)
        spans.append(Span("extension", starts_on, ends_on))
    if dice.is_lucky(45):  # no hardware cover, and ends long after it
        spans.append(Span("other", ships_on, months_later(ends_on, 12 + dice.roll(24))))
    if dice.is_lucky(8):
        spans.append(Span("contract", ships_on, months_later(ends_on, 6)))
    if dice.is_lucky(3):
        spans.append(Span("cancelled", ships_on, months_later(ends_on, 24)))
    if dice.is_lucky(1):
        spans.append(Span("subscription", ships_on, None))
    if dice.is_lucky(2):  # renewed some weeks after the cover has ended
        starts_on = ends_on + timedelta(days=15 + dice.roll(60))
        ends_on = months_later(starts_on, 12) - timedelta(days=1)
        spans.append(Span("extension", starts_on, ends_on))
    return spans


@lru_cache(maxsize=65_536)
def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
