"""A scope that begins its transaction itself, as each request and each job does."""

from __future__ import annotations

import psycopg
import pytest
from django.db import close_old_connections, connection
from django.db.utils import OperationalError

from fleetward.devices.models import Device
from fleetward.infra.tx import tenant_scope
from tests.cast import Cast, add_devices, make_cast
from tests.plugins.database import FreshDatabase


@pytest.fixture
def cast(fresh_database: FreshDatabase) -> Cast:
    cast = make_cast()
    add_devices(cast.acme.id, 2)
    add_devices(cast.other.id, 3)
    return cast


def test_the_scope_begins_and_ends_with_its_transaction(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        assert connection.in_atomic_block
        assert Device.objects.count() == 2
    assert not connection.in_atomic_block
    assert Device.objects.count() == 0


def test_what_fails_within_is_rolled_back(cast: Cast) -> None:
    def fail() -> None:
        with tenant_scope([cast.acme.id]):
            Device.objects.update(name="changed")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    with tenant_scope([cast.acme.id]):
        assert not Device.objects.filter(name="changed").exists()


def test_a_lost_connection_is_told_and_made_anew(fresh_database: FreshDatabase, cast: Cast) -> None:
    def look() -> int:
        with tenant_scope([cast.acme.id]):
            return Device.objects.count()

    assert look() == 2
    assert connection.connection is not None
    number = connection.connection.info.backend_pid
    with psycopg.connect(fresh_database.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [number])
    with pytest.raises(OperationalError):
        look()
    close_old_connections()
    assert look() == 2
