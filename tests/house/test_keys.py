"""Keys are rotated and retired while a worker asks vendors with what is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from fleetward.connections.models import Connection
from fleetward.infra import keys
from fleetward.infra.crypto import create_key_file, key_of, load_keys
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.warranty.actions.runs import start_run
from fleetward.warranty.contracts import RunState
from tests.bulk import row_of, set_up
from tests.cast import add_devices, make_tenant
from tests.plugins.database import committed_database
from tests.plugins.environment import run_dir
from tests.plugins.site import Site, running_site
from tests.races import wait_until
from tests.simulators import running_simulators

pytestmark = pytest.mark.chaos
KEY_FILE = run_dir() / "rotated" / "sealing.keys"

SETTINGS = {
    "FLEETWARD_KEY_FILE": str(KEY_FILE),
    "FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE": "0",
}


@pytest.fixture
def site(
    django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, Path]]:
    """A site with a key file of its own, and a vendor that keeps a run busy for minutes."""
    create_key_file(KEY_FILE)
    monkeypatch.setattr(keys, "key_file", lambda: KEY_FILE)
    with (
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
        running_site(database, simulators, settings=SETTINGS) as site,
    ):
        simulators.dial("dell", latency_ms=9_000)
        yield site, KEY_FILE


def test_bulk_processing_goes_on_under_the_new_key(site: tuple[Site, Path]) -> None:
    place, file = site
    tenant = make_tenant("Acme").id
    actor = set_up(tenant, "dell")
    add_devices(tenant, 4_000, "Dell")
    (old,) = load_keys(file).keys
    run = start_run(actor=actor, tenant=tenant, now=utc_now()).id
    log = partial(place.log_of, "worker")
    wait_until(lambda: place.simulators.stats("dell")["data_calls"] > 0, log)
    place.command("keys", "rotate")
    place.command("keys", "retire", old)
    assert row_of(tenant, run).state.is_open, "the run ended before the key was gone"
    place.simulators.dial("dell", latency_ms=0, expire_token=True)
    wait_until(lambda: not row_of(tenant, run).state.is_open, log)
    assert row_of(tenant, run).state is RunState.DONE
    assert "BadSeal" not in place.log_of("worker")
    (new,) = load_keys(file).keys
    with tenant_scope([tenant]):
        stored = Connection.objects.get()
    assert {key_of(value) for value in (*stored.sealed.values(), stored.sealed_token)} == {new}
