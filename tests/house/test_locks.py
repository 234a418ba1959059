"""The locked sets install with the oldest pip that a supported system brings (Debian 12: 23.0)."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).resolve().parents[2] / "requirements" / "dev.txt"


def locked() -> dict[str, Requirement]:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if line[:1].isalnum()]
    return {pin.name: pin for pin in pins}


def unnamed_extras(pins: dict[str, Requirement]) -> list[str]:
    """`package needs other[extra]`, where the lock pins `other` without that extra."""
    installed = [pin.name for pin in pins.values() if not pin.marker or pin.marker.evaluate()]
    return [
        f"{name} needs {need}"
        for name in installed
        for need in map(Requirement, distribution(name).requires or ())
        if need.extras and need.name in pins
        if any(
            not need.marker or need.marker.evaluate({"extra": extra})
            for extra in (*pins[name].extras, "")
        )
        if not need.extras <= pins[need.name].extras
    ]


def test_extras_that_packages_need_are_pinned_with_them() -> None:
    """Pip before 23.3 takes the newest `other[extra]` beside a pin of `other`, then has no hash."""
    assert not unnamed_extras(locked())


def test_a_pin_without_its_extra_is_caught() -> None:
    pins = locked() | {"coverage": Requirement("coverage==7.17.3")}
    assert unnamed_extras(pins) == ["pytest-cov needs coverage[toml]>=7.10.6"]
