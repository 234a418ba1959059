"""Saving, testing and pausing connections (W2-W4, W15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from fleetward.audit.models import Entry
from fleetward.connections.actions import (
    StoredConnection,
    discard_next_secret,
    note_failure,
    note_success,
    open_connection,
    pause_connection,
    record_test,
    remind_of_expiry,
    remove_connection,
    save_connection,
    set_enabled,
)
from fleetward.connections.contracts import (
    BadField,
    ConnectionRow,
    Draft,
    Health,
    NotSetUp,
    Saved,
    State,
)
from fleetward.connections.models import Connection
from fleetward.connections.queries import find_connection, list_connections
from fleetward.infra.crypto import BadSeal
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.errors import ChangedMeanwhile, Forbidden, NotFound
from fleetward.notifications.models import Notification
from tests.cast import NOW, TODAY, Cast, actor_of

pytestmark = pytest.mark.django_db

DRAFT = Draft(
    "dell",
    label="Dell TechDirect",
    settings={"client_id": "l7xx"},
    secrets={"client_secret": "CANARY-one"},
    lifetime_days=365,
)
WORKS, REFUSED = Health(is_ok=True, text=""), Health(is_ok=False, text="HTTP 401: invalid_client")


def save(cast: Cast, draft: Draft = DRAFT) -> Saved:
    return save_connection(actor=actor_of(cast.admin), tenant=cast.acme.id, draft=draft, now=NOW)


def record_health(cast: Cast, health: Health, *, is_next: bool = False) -> None:
    tried = opened(cast, is_next=is_next)
    record_test(actor=actor_of(cast.admin), tried=tried, health=health, now=NOW)


def row(cast: Cast) -> ConnectionRow:
    found = find_connection(actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell")
    assert found is not None
    return found


def opened(cast: Cast, *, is_next: bool = False) -> StoredConnection:
    return open_connection(
        actor=system_actor("test", cast.acme.id),
        tenant=cast.acme.id,
        provider="dell",
        base_url="https://dell.example/",
        is_next=is_next,
    )


def secret(cast: Cast, *, is_next: bool = False) -> str:
    return opened(cast, is_next=is_next).secret("client_secret")


def save_next(cast: Cast, value: str = "CANARY-two") -> Saved:
    """A new secret for credentials that work: it waits."""
    save(cast)
    record_health(cast, WORKS)
    return save(cast, replace(DRAFT, secrets={"client_secret": value}))


def fail(cast: Cast, text: str, minutes: int) -> None:
    connection = opened(cast)
    note_failure(
        tenant=cast.acme.id,
        connection_id=connection.id,
        revision=connection.revision,
        text=text,
        wait_after=lambda _failures: timedelta(0),
        now=NOW + timedelta(minutes=minutes),
    )


def pause(cast: Cast, revision: int | None = None) -> bool:
    return pause_connection(
        actor=system_actor("Bulk processing", cast.acme.id),
        tenant=cast.acme.id,
        provider="dell",
        revision=revision or row(cast).revision,
        state=State.CREDENTIALS_REFUSED,
        text="HTTP 401: invalid_client",
        now=NOW,
    )


def told(cast: Cast) -> int:
    with tenant_scope([cast.acme.id]):
        return Notification.objects.filter(user=cast.admin).count()


def test_w2_a_secret_left_blank_is_kept(cast: Cast) -> None:
    save(cast)
    saved = save(cast, replace(DRAFT, secrets={"client_secret": ""}))
    assert saved == Saved(is_new=False, has_new_credentials=False, waits_for_test=False)
    assert secret(cast) == "CANARY-one"


def test_w2_secrets_are_sealed_for_their_tenant_and_never_shown(cast: Cast) -> None:
    save(cast)
    with tenant_scope([cast.acme.id]):
        stored = Connection.objects.get()
        entries = list(Entry.objects.values_list("details", flat=True))
    assert row(cast).secrets == {"client_secret"}
    assert "CANARY" not in f"{stored.__dict__} {entries} {row(cast)} {DRAFT!r}"
    with tenant_scope([cast.other.id]):
        Connection.objects.create(
            tenant_id=cast.other.id,
            provider="dell",
            sealed=stored.sealed,
            created_at=NOW,
            updated_at=NOW,
        )
    moved = open_connection(
        actor=system_actor("test", cast.other.id),
        tenant=cast.other.id,
        provider="dell",
        base_url="https://dell.example",
    )
    with pytest.raises(BadSeal):
        moved.secret("client_secret")


def test_w3_the_expiry_is_counted_from_the_vendors_lifetime_unless_given(cast: Cast) -> None:
    save(cast)
    assert row(cast).secret_expires_on == TODAY + timedelta(days=365)
    save(cast, replace(DRAFT, secrets={}, secret_expires_on=date(2027, 1, 31)))
    assert row(cast).secret_expires_on == date(2027, 1, 31)


def test_w3_a_new_secret_waits_beside_one_that_works_until_its_test(cast: Cast) -> None:
    saved = save_next(cast)
    assert (saved.waits_for_test, secret(cast), secret(cast, is_next=True)) == (
        True,
        "CANARY-one",
        "CANARY-two",
    )
    record_health(cast, WORKS, is_next=True)
    assert (secret(cast), row(cast).has_next_secret) == ("CANARY-two", False)


def test_w3_a_failed_test_of_the_waiting_secret_blames_nothing_in_use(cast: Cast) -> None:
    save_next(cast)
    record_health(cast, REFUSED, is_next=True)
    after = row(cast)
    assert (secret(cast), after.state, after.state_text, after.errors) == (
        "CANARY-one",
        State.OK,
        "",
        (),
    )
    assert (after.next_error, after.next_tested_at) == (REFUSED.text, NOW)


def test_w3_another_waiting_secret_has_not_failed_yet(cast: Cast) -> None:
    save_next(cast)
    record_health(cast, REFUSED, is_next=True)
    save(cast, replace(DRAFT, secrets={"client_secret": "CANARY-three"}))
    after = row(cast)
    assert (after.has_next_secret, after.next_error, after.next_tested_at) == (True, "", None)


def test_w3_a_waiting_secret_is_discarded_and_the_one_in_use_stays(cast: Cast) -> None:
    save_next(cast)
    discarded = [
        discard_next_secret(
            actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell", now=NOW
        )
        for _ in range(2)
    ]
    after = row(cast)
    assert (discarded, secret(cast, is_next=True)) == ([True, False], "CANARY-one")
    assert (after.has_next_secret, after.next_expires_on, after.state) == (False, None, State.OK)
    assert after.secret_expires_on == TODAY + timedelta(days=365)


@pytest.mark.parametrize("is_next", [True, False])
def test_w3_a_test_says_nothing_of_a_secret_saved_meanwhile(cast: Cast, is_next: bool) -> None:
    save_next(cast)
    tried = opened(cast, is_next=True)
    if is_next:
        save(cast, replace(DRAFT, secrets={"client_secret": "CANARY-three"}))
    else:
        discard_next_secret(
            actor=actor_of(cast.admin), tenant=cast.acme.id, provider="dell", now=NOW
        )
    record_test(actor=actor_of(cast.admin), tried=tried, health=WORKS, now=NOW)
    assert (secret(cast), row(cast).has_next_secret) == ("CANARY-one", is_next)


def test_w3_a_new_secret_does_not_inherit_the_end_of_the_old_one(cast: Cast) -> None:
    unlimited = replace(DRAFT, lifetime_days=0)
    save(cast, replace(unlimited, secret_expires_on=date(2027, 1, 31)))
    save(cast, replace(unlimited, secrets={}))
    assert row(cast).secret_expires_on == date(2027, 1, 31)
    save(cast, replace(unlimited, secrets={"client_secret": "CANARY-two"}))
    assert row(cast).secret_expires_on is None


def test_w2_the_last_five_errors_are_kept_each_words_once(cast: Cast) -> None:
    save(cast)
    for minute, words in enumerate(["a", "b", "b", "c", "d", "a", "e", "f"]):
        fail(cast, words, minute)
    errors = row(cast).errors
    assert [error.text for error in errors] == ["f", "e", "a", "d", "c"]
    assert errors[2].at == NOW + timedelta(minutes=5)


def test_w4_a_changed_client_drops_the_token(cast: Cast) -> None:
    save(cast)
    with tenant_scope([cast.acme.id]):
        Connection.objects.update(sealed_token="k:abc", token_expires_at=NOW)
    save(cast, replace(DRAFT, settings={"client_id": "other"}, secrets={}))
    with tenant_scope([cast.acme.id]):
        assert Connection.objects.get().sealed_token == ""


def test_w15_a_refusal_pauses_and_tells_the_admins_once(cast: Cast) -> None:
    save(cast)
    assert [pause(cast), pause(cast)] == [True, False]
    assert (row(cast).state, row(cast).is_usable) == (State.CREDENTIALS_REFUSED, False)
    assert told(cast) == 1


def test_w15_trouble_of_old_credentials_does_not_blame_new_ones(cast: Cast) -> None:
    save(cast)
    old = row(cast).revision
    save(cast, replace(DRAFT, secrets={"client_secret": "CANARY-two"}))
    assert pause(cast, revision=old) is False
    assert row(cast).is_usable


def test_w15_new_credentials_or_a_good_test_end_the_pause(cast: Cast) -> None:
    save(cast)
    pause(cast)
    record_health(cast, REFUSED)
    assert not row(cast).is_usable
    record_health(cast, WORKS)
    assert row(cast).is_usable
    pause(cast)
    assert told(cast) == 2
    save(cast, replace(DRAFT, secrets={"client_secret": "CANARY-two"}))
    assert row(cast).state is State.UNTESTED


def test_a_success_makes_an_untested_connection_good(cast: Cast) -> None:
    save(cast)
    with tenant_scope([cast.acme.id]):
        note_success(connection=opened(cast), is_simulated=False, now=NOW)
    assert (row(cast).state, row(cast).latest_success_at) == (State.OK, NOW)


def test_w20_where_a_simulator_answered_is_remembered(cast: Cast) -> None:
    save(cast)
    simulated, real = replace(WORKS, is_simulated=True), WORKS
    seen = []
    for health in (simulated, REFUSED, real):
        record_health(cast, health)
        seen.append(row(cast).simulated_at)
    assert seen == ["https://dell.example", "https://dell.example", ""]
    with tenant_scope([cast.acme.id]):
        note_success(connection=opened(cast), is_simulated=True, now=NOW)
    assert row(cast).simulated_at == "https://dell.example"


def test_w3_reminders_are_told_once_each_and_catch_up(cast: Cast) -> None:
    save(cast, replace(DRAFT, secret_expires_on=TODAY + timedelta(days=60)))
    system = system_actor("Secret reminders", cast.acme.id)
    given = [
        remind_of_expiry(
            actor=system, tenant=cast.acme.id, now=NOW, today=TODAY + timedelta(days=after)
        )
        for after in (-1, 0, 0, 1, 57, 58)
    ]
    assert given == [0, 1, 0, 0, 1, 0]
    assert told(cast) == 2


def test_w3_a_secret_that_has_expired_already_is_told_as_that(cast: Cast) -> None:
    save(cast, replace(DRAFT, secret_expires_on=TODAY - timedelta(days=3)))
    system = system_actor("Secret reminders", cast.acme.id)
    for _ in range(2):
        remind_of_expiry(actor=system, tenant=cast.acme.id, now=NOW, today=TODAY)
    with tenant_scope([cast.acme.id]):
        params = Notification.objects.filter(user=cast.admin).values_list("params", flat=True)
        assert list(params) == [{"provider": "Dell TechDirect", "days": -3}]


def test_a_connection_that_somebody_else_saved_is_not_overwritten(cast: Cast) -> None:
    asked: dict[str, Any] = {"actor": actor_of(cast.admin), "tenant": cast.acme.id, "draft": DRAFT}
    # What was there is gone by now.
    with pytest.raises(ChangedMeanwhile):
        save_connection(**asked, state=NOW, now=NOW)
    assert list_connections(actor=asked["actor"], tenant=cast.acme.id) == []
    save(cast)
    later = NOW + timedelta(hours=1)
    save_connection(**asked, state=NOW, now=later)
    with pytest.raises(ChangedMeanwhile):
        save_connection(**asked, state=NOW, now=later)
    assert row(cast).updated_at == later


@pytest.mark.parametrize("value", ["a\nb", "x" * 501])
def test_values_that_no_header_could_carry_are_refused(cast: Cast, value: str) -> None:
    with pytest.raises(BadField):
        save(cast, replace(DRAFT, secrets={"client_secret": value}))


@pytest.mark.parametrize(
    ("who", "refusal"), [("device_admin", Forbidden), ("reader", Forbidden), ("outsider", NotFound)]
)
def test_l1_only_it_admins_see_connections(cast: Cast, who: str, refusal: type[Exception]) -> None:
    actor = actor_of(getattr(cast, who))
    with pytest.raises(refusal):
        list_connections(actor=actor, tenant=cast.acme.id)


@pytest.mark.parametrize(
    ("who", "refusal"), [("device_admin", Forbidden), ("reader", Forbidden), ("outsider", NotFound)]
)
def test_l1_only_it_admins_manage_connections(
    cast: Cast, who: str, refusal: type[Exception]
) -> None:
    actor = actor_of(getattr(cast, who))
    with pytest.raises(refusal):
        save_connection(actor=actor, tenant=cast.acme.id, draft=DRAFT, now=NOW)


def test_each_change_has_one_audit_entry(cast: Cast) -> None:
    admin = actor_of(cast.admin)
    save(cast)
    set_enabled(actor=admin, tenant=cast.acme.id, provider="dell", is_enabled=False, now=NOW)
    set_enabled(actor=admin, tenant=cast.acme.id, provider="dell", is_enabled=False, now=NOW)
    record_health(cast, REFUSED)
    remove_connection(actor=admin, tenant=cast.acme.id, provider="dell", now=NOW)
    with tenant_scope([cast.acme.id]):
        verbs = list(Entry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == [
        "connection.saved",
        "connection.disabled",
        "connection.tested",
        "connection.removed",
    ]
    with pytest.raises(NotSetUp):
        remove_connection(actor=admin, tenant=cast.acme.id, provider="dell", now=NOW)
