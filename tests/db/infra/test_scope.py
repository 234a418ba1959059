"""Row-level security: the net below the visibility door."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, IntegrityError

from fleetward.devices.models import Device
from fleetward.infra import marker, sql
from fleetward.infra.tx import constrained, tenant_scope
from fleetward.kernel.errors import Conflict
from tests.cast import Cast, add_devices, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    add_devices(made.acme.id, 2)
    add_devices(made.other.id, 3)
    return made


def test_nothing_shows_outside_a_scope(cast: Cast) -> None:
    assert Device.objects.count() == 0


def test_a_scope_shows_its_tenants_only(cast: Cast) -> None:
    with tenant_scope([cast.acme.id]):
        assert Device.objects.count() == 2
        with tenant_scope([cast.acme.id, cast.other.id]):
            assert Device.objects.count() == 5
        assert Device.objects.count() == 2
        assert marker.inside_transaction()


def test_a_row_cannot_be_written_for_another_tenant(cast: Cast) -> None:
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
        tenant_scope([cast.acme.id]),
    ):
        Device.objects.update(tenant_id=cast.other.id)


def test_what_a_constraint_refuses_is_told_in_our_words_and_the_transaction_goes_on(
    cast: Cast,
) -> None:
    with tenant_scope([cast.acme.id]):
        one, two = Device.objects.order_by("id")
        with pytest.raises(Conflict), constrained("devices_device_identity", Conflict()):
            Device.objects.filter(id=two.id).update(serial=one.serial)
        assert Device.objects.get(id=two.id).serial == two.serial


def test_what_another_constraint_refuses_is_a_mistake_of_ours(cast: Cast) -> None:
    with (
        tenant_scope([cast.acme.id]),
        pytest.raises(IntegrityError, match="devices_device_origin"),
        constrained("devices_device_identity", Conflict()),
    ):
        Device.objects.update(origin="NOWHERE")


def test_search_function_answers_within_the_scope_only(cast: Cast) -> None:
    question = "SELECT devices_search(%s, %s, 10)"
    with tenant_scope([cast.acme.id]):
        assert len(sql.fetch_text(question, [cast.acme.id, "%pc-%"])) == 2
        assert sql.fetch_text(question, [cast.other.id, "%pc-%"]) == []


def test_search_function_runs_nothing_that_the_application_has_laid_in_its_way(cast: Cast) -> None:
    """It runs as the owner: a temporary view of the same name must not be what it reads."""
    with tenant_scope([cast.acme.id]), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY VIEW devices_device AS SELECT id, tenant_id, serial, name, model,"
            " current_user::text AS assigned_user FROM public.devices_device"
        )
        for words, most in (("%pc-%", 2), ("%owner%", 0)):
            cursor.execute("SELECT count(*) FROM devices_search(%s, %s, 9)", [cast.acme.id, words])
            assert cursor.fetchone() == (most,)
        cursor.execute("DROP VIEW pg_temp.devices_device")


def test_application_role_owns_nothing_and_is_bound(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND pg_get_userbyid(relowner) = current_user"
        )
        assert cursor.fetchone() == (0,)


def test_every_table_with_a_tenant_is_under_a_policy_that_binds_its_owner(cast: Cast) -> None:
    # Memberships and tokens are read to decide on sight; they name the tenant they open.
    open_on_purpose = {"tenancy_membership", "tenancy_customrole", "identity_token"}
    rows = sql.fetch_text(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
          AND a.attname = 'tenant_id' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        """,
        [],
    )
    assert {name for (name,) in rows} == open_on_purpose
