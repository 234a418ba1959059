"""The invariants hold of a tenant that was worked with, and notice when they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import F

from fleetward.audit.models import Entry
from fleetward.devices.actions import add_device, delete_devices
from fleetward.devices.contracts import DeviceInput, Origin
from fleetward.devices.models import Change, ImportRow
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.contracts import Role
from fleetward.warranty.actions.manual import enter_warranty
from fleetward.warranty.contracts import ManualWarranty
from fleetward.warranty.models import Batch, Coverage, Entitlement, Tally
from tests import invariants
from tests.bulk import process, set_up
from tests.cast import actor_of, make_tenant, make_user
from tests.db.imports.lists import csv_of, imported
from tests.db.warranty.conftest import simulator_server, simulators, vendors
from tests.simulators import Simulators

__all__ = ["simulator_server", "simulators", "vendors"]
pytestmark = pytest.mark.django_db

ROWS = [(f"AB{n:05d}", maker) for n in range(10) for maker in ("Dell", "Lenovo", "HP")]


@pytest.fixture
def tenant(vendors: Simulators) -> int:
    """A tenant that imported, changed and processed its devices."""
    home = make_tenant("Acme").id
    actor = actor_of(make_user(roles={home: Role.IT_ADMIN}))
    set_up(home)
    imported(actor, home, csv_of([*ROWS, ("none", "Dell"), ROWS[0]]))
    process(actor, home)
    given: dict[str, Any] = {"actor": actor, "tenant": home, "now": utc_now()}
    uids = [
        add_device(**given, device=DeviceInput("Dell", serial), origin=Origin.MANUAL)
        for serial in ("HAND001", "HAND002")
    ]
    enter_warranty(**given, device_uid=str(uids[0]), warranty=ManualWarranty("Contract"))
    delete_devices(**given, uids=[UUID(str(uids[1]))])
    imported(actor, home, csv_of([(*ROWS[1], "", "Renamed")]))
    process(actor, home)
    return home


def test_all_invariants_hold_after_a_working_day(tenant: int) -> None:
    invariants.everything_holds(tenant)


def tell_an_end_again() -> None:
    entry = Entry.objects.filter(verb="run.finished").values().first()
    assert entry is not None
    del entry["id"], entry["uid"]
    Entry.objects.create(**entry)


def lose_a_row_of_coverage() -> None:
    first = Coverage.objects.order_by("device_id").values("device_id")[:1]
    Coverage.objects.filter(device_id__in=first).delete()


DAMAGES: tuple[Callable[[], object], ...] = (
    lambda: ImportRow.objects.filter(row_no=2).delete(),
    lambda: Batch.objects.exclude(provider="").update(outcomes=[""] * 10),
    lambda: Entitlement.objects.filter(is_cover=True).delete(),
    lose_a_row_of_coverage,
    lambda: Tally.objects.update(devices=F("devices") + 1),
    lambda: Change.objects.filter(import_run_id=None).update(request_id="nobody-told"),
    tell_an_end_again,
)


def test_control_every_damage_is_noticed(tenant: int) -> None:
    """A harness that cannot fail proves nothing."""
    for damage in DAMAGES:
        with pytest.raises(AssertionError):
            check_after(damage, tenant)
    invariants.everything_holds(tenant)


@transaction.atomic
def check_after(damage: Callable[[], object], tenant: int) -> None:
    with tenant_scope([tenant]):
        damage()
    invariants.everything_holds(tenant)
