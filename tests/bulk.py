"""Bulk processing in tests: services that are set up, and runs driven to their end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from itertools import count

from fleetward.audit.actions import use_case
from fleetward.connectors.apple.assertion import new_key
from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor, system_actor
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.running import plan_run, run_lane
from fleetward.warranty.actions.runs import open_run, start_run
from fleetward.warranty.actions.services import ServiceForm, save_external_service
from fleetward.warranty.contracts import RunRow
from fleetward.warranty.models import Batch, Run
from fleetward.warranty.queries.runs import run_row
from fleetward_simulators import fate
from tests.simulators import ANCHOR

CREDENTIALS = {
    "dell": {"client_id": "l7-test", "client_secret": "CANARY-dell"},
    "lenovo": {"client_id": "CANARY-lenovo"},
    "hp": {"client_id": "hp-test", "client_secret": "CANARY-hp"},
    "dynabook": {},
    "apple": {
        "organisation": "business",
        "client_id": "BUSINESSAPI.test",
        "key_id": "apple-test",
        "private_key": new_key(),
    },
    "cisco": {"client_id": "cisco-test", "client_secret": "CANARY-cisco"},
}
MANUFACTURERS = {
    "dell": "Dell",
    "lenovo": "Lenovo",
    "hp": "HP",
    "cisco": "Cisco",
    "apple": "Apple",
    "dynabook": "Dynabook",
}
# Lenovo gives one serial of 200 to several machines; with a product number it tells them apart.
PRODUCT_NUMBER = "20XW00AMFR"
LONGEST_RUN = 60.0


def set_up(tenant: int, *vendors: str) -> Actor:
    """Save credentials that the simulators accept; returns the system actor of the tenant."""
    actor = system_actor("Tests", tenant)
    for vendor in vendors or CREDENTIALS:
        form = ServiceForm(CREDENTIALS[vendor])
        save_external_service(actor=actor, tenant=tenant, provider=vendor, form=form, now=utc_now())
    return actor


def make_known(tenant: int, devices: Sequence[int], vendor: str) -> None:
    """Give devices the serials of machines that the vendor has sold, with cover.

    Of those that tests make up, the simulators do not know one in fifty.
    """
    names = (f"K{number:06d}" for number in count())
    serials = (
        name
        for name in names
        if fate.is_known(vendor, name) and fate.machine_of(vendor, name, ANCHOR).spans
    )
    with tenant_scope([tenant]):
        for device, serial in zip(devices, serials, strict=False):
            Device.objects.filter(id=device).update(serial=serial)


def begin(actor: Actor, tenant: int) -> RunRow:
    """A planned run."""
    run = start_run(actor=actor, tenant=tenant, now=utc_now())
    plan_run(run_id=run.id, tenant=tenant, now=utc_now())
    return row_of(tenant, run.id)


def begin_scheduled(actor: Actor, tenant: int) -> RunRow:
    """A planned run of the devices that are due, whatever the hour."""
    now = utc_now()
    opened = use_case(open_run)(actor=actor, tenant=tenant, scheduled_on=now.date(), now=now)
    assert opened is not None
    plan_run(run_id=opened.id, tenant=tenant, now=now)
    return row_of(tenant, opened.id)


def finish(tenant: int, run: RunRow) -> RunRow:
    """Work on a run in this thread until it is over."""
    give_up = time.monotonic() + LONGEST_RUN
    while (present := row_of(tenant, run.id)).state.is_open:
        assert time.monotonic() < give_up, f"still {present}"
        for provider in open_providers(tenant, run.id):
            run_lane(run_id=run.id, tenant=tenant, provider=provider, lane=0, now=utc_now())
    return present


def process(actor: Actor, tenant: int) -> RunRow:
    """One bulk processing from first to last."""
    return finish(tenant, begin(actor, tenant))


def row_of(tenant: int, run_id: int) -> RunRow:
    with tenant_scope([tenant]):
        return run_row(Run.objects.get(id=run_id))


def open_providers(tenant: int, run_id: int) -> list[str]:
    with tenant_scope([tenant]):
        batches = Batch.objects.filter(run_id=run_id, state__in=["OPEN", "CLAIMED"])
        return sorted(set(batches.values_list("provider", flat=True)))


def outcomes_of(tenant: int, run_id: int) -> dict[int, str]:
    """The outcome of each device; fails when one has two."""
    with tenant_scope([tenant]):
        batches = list(Batch.objects.filter(run_id=run_id))
    pairs = [
        pair for batch in batches for pair in zip(batch.device_ids, batch.outcomes, strict=True)
    ]
    assert len(pairs) == len(dict(pairs)), "a device has two outcomes"
    for batch in batches:
        assert batch.tally == dict(Counter(word for word in batch.outcomes if word))
    return dict(pairs)
