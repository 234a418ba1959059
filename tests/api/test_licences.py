"""L3: a suspended tenant reads, and adds nothing by any door before it has a new key."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse

from fleetward.agents.actions import release_waiting
from fleetward.devices.actions import delete_devices
from fleetward.devices.imports.actions import run_import, start_import
from fleetward.devices.imports.queries import find_run_id, get_import
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.tenancy.licences.contracts import LicenceSuspended
from fleetward.tenancy.models import Tenant
from fleetward.warranty.actions.scheduling import start_scheduled_run
from tests.api.conftest import Program
from tests.api.test_agents import MACHINE, ask
from tests.api.test_errors import problem
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.db.agents.machines import site
from tests.db.imports.lists import analysed, csv_of
from tests.db.warranty.scheduling import NIGHT, add, group_of, start
from tests.web.reading import signed_in, text_of

pytestmark = pytest.mark.django_db
CODE = "licence_suspended"
DEVICE = {"manufacturer": "Dell", "serial": "5XK2QL3"}
LIST = csv_of([("ABC1234", "Dell")])


def until(tenant: int, days: int) -> None:
    """The last licence key ends in so many days."""
    Tenant.objects.filter(id=tenant).update(licensed_until=utc_now() + timedelta(days=days))


def sent(program: Program) -> HttpResponse:
    return program.post("/imports", LIST, content_type="text/csv")


def two_devices(admin: Program, tenant: int) -> list[dict[str, str]]:
    """The second one was deleted."""
    add_devices(tenant, 2)
    found: list[dict[str, str]] = admin.get("/devices").json()["items"]
    last = found[1]
    assert (
        admin.send("DELETE", f"/devices/{last['id']}?confirm={last['serial']}").status_code == 204
    )
    return found


def test_every_door_of_what_adds_is_closed_and_opens_with_the_next_request(
    admin: Program, cast: Cast
) -> None:
    tenant, place = cast.acme.id, site(cast.acme)
    ours = f"/t/{cast.acme.customer_id}/"
    client = signed_in(cast.admin)
    one, deleted = (device["id"] for device in two_devices(admin, tenant))
    until(tenant, -1)
    problem(admin.post(f"/devices/{deleted}/restore"), 409, CODE)
    problem(admin.post(f"/devices/{one}/refresh"), 409, CODE)
    problem(admin.post("/devices", DEVICE), 409, CODE)
    problem(sent(admin), 409, CODE)
    problem(admin.post("/devices/bulk", {"devices": [DEVICE]}), 409, CODE)
    problem(admin.post("/warranty-runs"), 409, CODE)
    assert ask({"pin": place.pin, **MACHINE}).json()["code"] == CODE
    page = client.post(f"{ours}devices/add/", DEVICE)
    assert "All licence keys" in text_of(page)
    assert admin.get("/devices").status_code == 200
    assert "Suspended" in text_of(client.get(f"{ours}devices/"))
    assert start_scheduled_run(actor=actor_of(cast.admin), tenant=tenant, now=NIGHT) is None
    until(tenant, 0)
    assert admin.post(f"/devices/{deleted}/restore").status_code == 200
    assert admin.post(f"/devices/{one}/refresh").status_code == 202
    assert admin.post("/devices", DEVICE).status_code == 201
    assert sent(admin).status_code == 202
    assert admin.post("/warranty-runs").status_code == 202
    assert ask({"pin": place.pin, **MACHINE, "serial": "4MN82Q3"}).status_code == 201
    assert "Suspended" not in text_of(client.get(f"{ours}devices/"))


def test_an_import_that_has_started_ends_and_one_that_waits_stays_ready(cast: Cast) -> None:
    actor, tenant = actor_of(cast.admin), cast.acme.id
    first, second = analysed(actor, tenant, LIST), analysed(actor, tenant, LIST)
    which = {"actor": actor, "tenant": tenant}
    start_import(**which, uid=first.summary.uid, now=NOW, is_queued=False)
    Tenant.objects.filter(id=tenant).update(licensed_until=NOW - timedelta(days=1))
    run_import(tenant=tenant, run=find_run_id(**which, uid=first.summary.uid), clock=utc_now)
    assert get_import(**which, uid=first.summary.uid).summary.state == "DONE"
    with pytest.raises(LicenceSuspended):
        start_import(**which, uid=second.summary.uid, now=NOW, is_queued=False)
    assert get_import(**which, uid=second.summary.uid).summary.state == "READY"


def test_machines_that_wait_go_on_waiting_and_schedules_do(cast: Cast) -> None:
    ours, theirs = site(cast.acme), site(cast.other)
    theirs.enrol()
    ours.enrol()
    worker = system_actor("Tests", cast.other.id)
    delete_devices(actor=worker, tenant=cast.other.id, uids=[theirs.device().uid], now=NOW)
    add(cast.acme.id, group=group_of(cast.acme.id, add_devices(cast.acme.id, 1)))
    until(cast.acme.id, -400)
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 0
    assert start(cast.acme.id) is None
    until(cast.acme.id, 400)
    assert release_waiting(tenant=ours.tenant.id, now=NOW) == 1
    assert start(cast.acme.id) is not None
