"""X10, X12, T10, T14: whatever is moved, taken back, changed and listed, no device is lost or
doubled, and nothing of a tenant is readable in another.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetward.devices.contracts import Move
from fleetward.devices.models import Device, MergedListing
from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from tests.cast import NOW, add_devices, make_tenant
from tests.db.moves.world import make_group, mover, transfer, write
from tests.invariants import everything_holds

pytestmark = pytest.mark.django_db

MACHINES = 4
TENANTS = 3
# What only its tenant may read: in the values of devices, departures, history and snapshots.
READABLE = ("devices_device", "devices_departure", "devices_change", "devices_mergedlisting")
# Who does it, on which of the machines, from which tenant, and to which.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "move", "undo", "edit", "delete", "list"]),
        st.sets(st.integers(0, MACHINES - 1), min_size=1),
        st.integers(0, TENANTS - 1),
        st.integers(0, TENANTS - 1),
    ),
    min_size=1,
    max_size=9,
)
EDIT = """
UPDATE devices_device SET assigned_user = %(secret)s, updated_at = %(now)s
WHERE id = ANY (%(ids)s::bigint[]) AND tenant_id = %(tenant)s RETURNING 1
"""
# As deleting does, in short.
DELETE = """
WITH gone AS (
    UPDATE devices_device SET is_active = false, updated_at = %(now)s
    WHERE id = ANY (%(ids)s::bigint[]) AND tenant_id = %(tenant)s RETURNING id
)
DELETE FROM warranty_coverage WHERE device_id IN (SELECT id FROM gone) RETURNING 1
"""


@dataclass
class Play:
    """Tenants that have machines, and list those of others; each move of them is a transfer."""

    tenants: list[int] = field(
        default_factory=lambda: [make_tenant(f"Tenant {n}").id for n in range(TENANTS)]
    )
    machines: list[int] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    listed: int = 0
    clock: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        tenant = self.tenants[0]
        self.machines = add_devices(tenant, MACHINES, assigned_user=secret(tenant))
        make_group(tenant, "Sales", self.machines)

    def step(self, what: str, machines: Sequence[int], source: int, target: int) -> None:
        now = NOW + timedelta(minutes=next(self.clock))
        tenant, other = self.tenants[source], self.tenants[target]
        params = {"ids": machines, "tenant": tenant, "now": now, "secret": secret(tenant)}
        if what == "move" and tenant != other:
            move = Move(tenant, other, uuid.uuid4(), now)
            transfer(actor=mover(*self.tenants), move=move, devices=machines)
            self.moves.append(move)
        elif what == "undo" and self.moves:
            move = self.moves[source % len(self.moves)]
            again = Move(move.source, move.target, move.reference, now)
            transfer(actor=mover(*self.tenants), move=again, devices=machines, is_back=True)
        elif what == "edit":
            write(self.tenants, EDIT, **params)
        elif what == "delete":
            write(self.tenants, DELETE, **params)
        elif what == "list":
            self.list_again(machines[0], tenant)

    def list_again(self, machine: int, tenant: int) -> None:
        """What somebody adds who has the machine on a list."""
        with tenant_scope(self.tenants):
            known = Device.objects.get(id=machine)
            same = {
                name: getattr(known, name) for name in ("manufacturer", "serial", "product_number")
            }
            if Device.objects.filter(tenant_id=tenant, **same).exists():
                return
            number = add_devices(tenant, 1, assigned_user=secret(tenant))[0]
            Device.objects.filter(id=number).update(**same)
        self.listed += 1

    def check(self) -> None:
        with tenant_scope(self.tenants):
            assert Device.objects.filter(id__in=self.machines).count() == MACHINES
            # A listing is there, or in the snapshot of a move.
            left = Device.objects.exclude(id__in=self.machines).count()
            assert left + MergedListing.objects.count() == self.listed
        for tenant in self.tenants:
            everything_holds(tenant)
            with tenant_scope([tenant]):
                for other in self.tenants:
                    if other != tenant:
                        assert not any(tells(table, other) for table in READABLE)


def secret(tenant: int) -> str:
    return f"somebody-of-{tenant}-only"


def tells(table: str, tenant: int) -> bool:
    query = f"SELECT FROM {table} t WHERE position(%s IN t::text) > 0 LIMIT 1"
    return bool(sql.fetch_text(query, [secret(tenant)]))


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_no_device_is_lost_doubled_or_told(
    steps: list[tuple[str, set[int], int, int]],
) -> None:
    with transaction.atomic():
        play = Play()
        for what, chosen, source, target in steps:
            play.step(what, [play.machines[n] for n in sorted(chosen)], source, target)
        play.check()
        transaction.set_rollback(True)
