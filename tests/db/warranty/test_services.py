"""External services: what saving, testing and switching does to credentials and answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection as database

from fleetward.audit.models import Entry
from fleetward.connections.actions import open_connection, record_test
from fleetward.connections.contracts import (
    BadField,
    ConnectionRow,
    Health,
    NotSetUp,
    SecretMissing,
    State,
)
from fleetward.connections.queries import find_connection
from fleetward.connectors.apple.assertion import new_key
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.kernel.errors import Forbidden
from fleetward.warranty.actions.services import (
    ServiceForm,
    check_external_service,
    discard_next_secret,
    follow_setup,
    remove_external_service,
    remove_simulated,
    save_external_service,
    switch_external_service,
)
from fleetward.warranty.contracts import UnknownField, UnknownProvider
from fleetward.warranty.models import Coverage, Entitlement, Evidence
from fleetward.warranty.queries.providers import base_url_of, get_provider, is_simulated
from tests.bulk import CREDENTIALS, process, set_up
from tests.cast import NOW, Cast, actor_of, add_devices
from tests.plugins.variables import SetEnv
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db
APPLE = CREDENTIALS["apple"]


def save(cast: Cast, provider: str = "dell", form: ServiceForm | None = None) -> None:
    save_external_service(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        provider=provider,
        form=form or ServiceForm(CREDENTIALS[provider]),
        now=NOW,
    )


def test_w2_the_test_says_what_the_vendor_says(cast: Cast, vendors: Simulators) -> None:
    save(cast)
    who = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "provider": "dell"}
    assert check_external_service(**who, now=NOW).is_ok  # type: ignore[arg-type]
    vendors.dial("dell", refuse_credentials=True)
    save(cast, form=ServiceForm({"client_id": "other", "client_secret": "CANARY-other"}))
    health = check_external_service(**who, now=NOW)  # type: ignore[arg-type]
    assert not health.is_ok
    assert "401" in health.text
    row = find_connection(**who)  # type: ignore[arg-type]
    assert row is not None
    assert (row.state, row.state_text) == (State.FAILING, health.text)


def test_what_is_not_set_up_cannot_be_tested(cast: Cast) -> None:
    with pytest.raises(NotSetUp):
        check_external_service(
            actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell", now=NOW
        )


@pytest.mark.parametrize(
    ("provider", "values", "refusal"),
    [
        ("acme", {}, UnknownProvider),
        ("dell", {"client_id": "a", "client_secret": "b", "colour": "blue"}, UnknownField),
        ("dell", {"client_id": "a"}, SecretMissing),
        ("apple", APPLE | {"organisation": "university"}, BadField),
        ("apple", APPLE | {"private_key": "BEGIN\x07END"}, BadField),
        ("apple", APPLE | {"private_key": "x" * 4_001}, BadField),
        ("apple", APPLE | {"key_id": "k\n1"}, BadField),
    ],
)
def test_incomplete_credentials_are_refused(
    cast: Cast, provider: str, values: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        save(cast, provider, ServiceForm(values))


def test_w2_a_secret_of_several_lines_is_kept_as_it_was_given(
    cast: Cast, vendors: Simulators
) -> None:
    sent = APPLE["private_key"].replace("\n", "\r\n") + "\r\n"
    save(cast, "apple", ServiceForm(APPLE | {"private_key": sent}))
    who = actor_of(cast.admin)
    opened = open_connection(actor=who, tenant=cast.acme.id, provider="apple", base_url="")
    assert opened.secret("private_key") == APPLE["private_key"]
    row = find_connection(actor=who, tenant=cast.acme.id, provider="apple")
    assert row is not None
    assert row.secrets == {"key_id", "private_key"}
    assert row.settings == {"organisation": "business", "client_id": APPLE["client_id"]}


def test_w3_a_new_key_waits_with_its_id_beside_the_old_one(cast: Cast, vendors: Simulators) -> None:
    save(cast, "apple")
    who = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "provider": "apple"}
    assert check_external_service(**who, now=NOW).is_ok  # type: ignore[arg-type]
    save(cast, "apple", ServiceForm(APPLE | {"key_id": "k2", "private_key": new_key()}))
    now, waiting = (open_connection(**who, base_url="", is_next=n) for n in (False, True))  # type: ignore[arg-type]
    assert (now.secret("key_id"), waiting.secret("key_id")) == (APPLE["key_id"], "k2")
    assert now.secret("private_key") != waiting.secret("private_key")


def test_incomplete_credentials_can_wait_switched_off(cast: Cast) -> None:
    save(cast, form=ServiceForm({"client_id": "a"}, is_enabled=False))


def switch_on(cast: Cast) -> None:
    switch_external_service(
        actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell", is_enabled=True, now=NOW
    )


@pytest.mark.parametrize("values", [{"client_id": "a"}, {"client_secret": "CANARY-b"}])
def test_w2_incomplete_credentials_cannot_be_switched_on(
    cast: Cast, values: dict[str, str]
) -> None:
    save(cast, form=ServiceForm(values, is_enabled=False))
    with pytest.raises(SecretMissing):
        switch_on(cast)
    save(cast, form=ServiceForm(CREDENTIALS["dell"], is_enabled=False))
    switch_on(cast)
    assert found(cast).is_enabled


def found(cast: Cast) -> ConnectionRow:
    row = find_connection(actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell")
    assert row is not None
    return row


def test_w3_a_waiting_secret_is_tried_and_can_be_dropped(cast: Cast, vendors: Simulators) -> None:
    who: dict[str, Any] = {
        "actor": actor_of(cast.admin),
        "tenant": cast.acme.id,
        "provider": "dell",
        "now": NOW,
    }
    save(cast)
    check_external_service(**who)
    save(cast, form=ServiceForm({**CREDENTIALS["dell"], "client_secret": "CANARY-wrong"}))
    vendors.dial("dell", refuse_credentials=True)
    assert not check_external_service(**who).is_ok
    assert "401" in found(cast).next_error
    assert [discard_next_secret(**who), discard_next_secret(**who)] == [True, False]
    vendors.dial("dell", refuse_credentials=False)
    assert check_external_service(**who).is_ok


def test_l1_a_device_admin_cannot_test_a_service(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        check_external_service(
            actor=actor_of(cast.device_admin), tenant=cast.acme.id, provider="dell", now=NOW
        )


def test_w11_devices_say_whether_their_service_is_set_up(cast: Cast) -> None:
    tenant, admin = cast.acme.id, actor_of(cast.admin)
    device = add_devices(tenant, 1)[0]
    seen = []
    steps: list[Callable[[], None]] = [
        lambda: save(cast),
        lambda: switch_external_service(
            actor=admin, tenant=tenant, provider="dell", is_enabled=False, now=NOW
        ),
        lambda: switch_external_service(
            actor=admin, tenant=tenant, provider="dell", is_enabled=True, now=NOW
        ),
        lambda: remove_external_service(actor=admin, tenant=tenant, provider="dell", now=NOW),
    ]
    for step in steps:
        step()
        follow_setup(tenant=tenant)
        with tenant_scope([tenant]):
            seen.append(Coverage.objects.get(device_id=device).reason)
    assert seen == ["NOT_CHECKED", "NOT_CONFIGURED", "NOT_CHECKED", "NOT_CONFIGURED"]


def test_w20_real_credentials_remove_what_a_simulator_said(
    cast: Cast, vendors: Simulators, set_env: SetEnv
) -> None:
    tenant = cast.acme.id
    actor = set_up(tenant, "dell", "lenovo")
    add_devices(tenant, 10)
    kept = add_devices(tenant, 5, "Lenovo")
    process(actor, tenant)
    set_env(FLEETWARD_PROVIDERS__DELL__BASE_URL="https://dell.example")
    save(cast, form=ServiceForm({"client_id": "real", "client_secret": "CANARY-real"}))
    assert remove_simulated(actor=actor, tenant=tenant, provider="dell", now=NOW) == 10
    with tenant_scope([tenant]):
        assert set(
            Coverage.objects.filter(manufacturer="Dell").values_list("reason", "is_simulated")
        ) == {("NOT_CHECKED", False)}
        assert not Entitlement.objects.filter(source="dell").exists()
        assert not Evidence.objects.filter(source="dell").exists()
        assert Coverage.objects.filter(manufacturer="Lenovo", is_simulated=True).count() == 5
        assert Entitlement.objects.filter(device_id__in=kept).exists()
    assert remove_simulated(actor=actor, tenant=tenant, provider="dell", now=NOW) == 0


def removals() -> int:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'warranty.remove_simulated'"
        )
        return int(cursor.fetchone()[0])


def test_w20_credentials_for_a_simulator_remove_nothing(cast: Cast, vendors: Simulators) -> None:
    save(cast)
    assert removals() == 0


def test_w20_without_credentials_switching_on_says_that_answers_shall_be_real(
    cast: Cast, vendors: Simulators, set_env: SetEnv
) -> None:
    def switch(*, is_enabled: bool) -> None:
        switch_external_service(
            actor=actor_of(cast.admin),
            tenant=cast.acme.id,
            provider="dynabook",
            is_enabled=is_enabled,
            now=NOW,
        )

    save(cast, "dynabook")
    switch(is_enabled=False)
    switch(is_enabled=True)
    assert removals() == 0
    set_env(FLEETWARD_PROVIDERS__DYNABOOK__BASE_URL="https://dynabook.example")
    switch(is_enabled=False)
    assert removals() == 0
    switch(is_enabled=True)
    assert removals() == 1
    save(cast, "dynabook")
    assert removals() == 2


def test_w20_a_simulator_elsewhere_is_known_once_it_has_answered(
    cast: Cast, set_env: SetEnv
) -> None:
    """No address gives it away; its answers do, and what it said stays until a vendor is asked."""
    dell = get_provider("dell").traits
    set_env(FLEETWARD_PROVIDERS__DELL__BASE_URL="https://simulator.example/dell/")
    save(cast, form=ServiceForm({"client_id": "a", "client_secret": "CANARY-1"}))
    assert (removals(), is_simulated(dell, found(cast).simulated_at)) == (1, False)
    tried = open_connection(
        actor=actor_of(cast.admin),
        tenant=cast.acme.id,
        provider="dell",
        base_url=base_url_of(dell),
    )
    health = Health(is_ok=True, text="", is_simulated=True)
    record_test(actor=actor_of(cast.admin), tried=tried, health=health, now=NOW)
    save(cast, form=ServiceForm({"client_id": "b", "client_secret": "CANARY-2"}))
    assert (removals(), is_simulated(dell, found(cast).simulated_at)) == (1, True)
    set_env(FLEETWARD_PROVIDERS__DELL__BASE_URL="https://dell.example")
    save(cast, form=ServiceForm({"client_id": "c", "client_secret": "CANARY-3"}))
    assert (removals(), is_simulated(dell, found(cast).simulated_at)) == (2, False)


def test_w2_secrets_appear_nowhere(
    cast: Cast,
    vendors: Simulators,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Canaries in every field, every trouble, and then a look into every place that keeps words."""
    caplog.set_level(logging.DEBUG)
    tenant = cast.acme.id
    actor = set_up(tenant)
    for make in ("Dell", "Lenovo", "HP"):
        add_devices(tenant, 2, make)
    for dials in ({}, {"garbage": True}, {"refuse_credentials": True}, {"force_status": 403}):
        for vendor in CREDENTIALS:
            vendors.dial(vendor, **{**{"garbage": False, "refuse_credentials": False}, **dials})
        set_up(tenant)
        process(actor, tenant)
        for vendor in CREDENTIALS:
            check_external_service(actor=actor, tenant=tenant, provider=vendor, now=utc_now())
    with tenant_scope([tenant]):
        kept = [str(list(Entry.objects.values_list("details", flat=True)))]
        with database.cursor() as cursor:
            for table in ("connections_connection", "notifications_notification", "warranty_batch"):
                cursor.execute(f"SELECT * FROM {table}")
                kept.append(str(cursor.fetchall()))
    out = capsys.readouterr()
    assert "CANARY" not in "".join([*kept, caplog.text, out.out, out.err])


def test_a_form_does_not_print_its_secrets() -> None:
    form = ServiceForm({"client_secret": "CANARY"})
    assert "CANARY" not in repr(replace(form, is_enabled=False))
