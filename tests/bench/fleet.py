"""Tenants and devices that are only there to be looked at: made by statements, not by imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.installation import Installation
from tests.bench.processes import work

SQL = Path(__file__).parent / "sql"
LARGEST, SMALL = 0.25, 0.01
LEAST = 1_000
# Serials are made from numbers, each of which is used once.
_taken = [0]


@dataclass(frozen=True)
class Tenant:
    """A tenant of which pages are asked."""

    id: int
    customer_id: str
    devices: int


def make_tenant(where: Installation, name: str, devices: int) -> Tenant:
    """A tenant with an administrator who can sign in. Its devices are still to come."""
    number, customer_id = work(where, "people:make_tenants", names=[name]).answer[name]
    return Tenant(number, customer_id, devices)


def add_many(where: Installation, devices: int) -> tuple[Tenant, Tenant]:
    """2,000 tenants with so many devices together: the largest one and a small one."""
    largest = make_tenant(where, "Largest", round(devices * LARGEST))
    small = make_tenant(where, "Small", max(round(devices * SMALL), LEAST))
    where.admin.execute(_text("insert_tenants"))
    found = where.admin.execute("SELECT id FROM tenancy_tenant WHERE name LIKE 'Tenant %'")
    others = [number for (number,) in found]
    for tenants, number in (
        ([largest.id], largest.devices),
        ([small.id], small.devices),
        (others, devices - largest.devices - small.devices),
    ):
        add_devices(where.admin, tenants, number)
    return largest, small


def add_devices(
    admin: psycopg.Connection[Any],
    tenants: Sequence[int],
    devices: int,
    *,
    only_dell: bool = False,
) -> None:
    """Devices with coverage, spread evenly over tenants."""
    first = _taken[0] + 1
    _taken[0] += devices
    span = {"first": first, "latest": _taken[0], "only_dell": only_dell}
    ids = {"tenants": list(tenants)}
    admin.execute(_text("insert_devices"), {**span, **ids})
    admin.execute(_text("insert_coverage"), ids)


@cache
def _text(name: str) -> Any:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
