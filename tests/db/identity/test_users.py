"""Accounts: one for an e-mail address, however it is written and however many make it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.test import Client

from fleetward.identity import actions
from fleetward.identity.actions import ensure_user
from fleetward.identity.contracts import Newcomer
from fleetward.identity.models import User
from fleetward.identity.queries import find_user
from fleetward.kernel.actor import system_actor
from tests.cast import NOW, PASSWORD
from tests.plugins.database import FreshDatabase

EMAIL = "New.User@Acme.example"


def make(email: str = EMAIL) -> tuple[int, bool]:
    who = Newcomer(email, password=PASSWORD, has_chosen_password=True)
    row, is_new = ensure_user(actor=system_actor("Tests"), who=who, now=NOW)
    return row.id, is_new


@pytest.mark.django_db
def test_an_address_with_capital_letters_can_sign_in() -> None:
    cache.clear()
    make()
    client = Client(headers={"host": "localhost"})
    answer = client.post("/account/login/", {"login": EMAIL, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.django_db
def test_of_a_password_only_its_argon2_hash_is_stored() -> None:
    made, _ = make()
    stored = User.objects.get(id=made).password
    assert stored.startswith("argon2$argon2id$")
    assert PASSWORD not in stored


@pytest.mark.django_db
def test_an_address_has_one_account_whatever_its_case() -> None:
    made, _ = make()
    assert make(f" {EMAIL.upper()} ") == (made, False)
    found = find_user(EMAIL.swapcase())
    assert found is not None
    assert found.id == made
    assert User.objects.get_by_natural_key(EMAIL).id == made


@pytest.fixture
def looked_up_before_made(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked for the account, and found none, before one of them makes it."""
    barrier = Barrier(2)
    monkeypatch.setattr(actions, "validate_password", lambda *_: barrier.wait(30))


def make_at_once() -> list[tuple[int, bool]]:
    def one(_: int) -> tuple[int, bool]:
        try:
            return make()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def test_two_who_make_an_account_at_once_get_the_same(looked_up_before_made: None) -> None:
    (one, is_new), (other, is_new_too) = make_at_once()
    assert one == other
    assert {is_new, is_new_too} == {True, False}


def test_control_without_the_guard_one_of_them_fails(
    looked_up_before_made: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "IntegrityError", ZeroDivisionError)
    with pytest.raises(IntegrityError):
        make_at_once()
