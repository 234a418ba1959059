"""The same key twice at once has one effect (hardening, 4)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from fleetward.support.actions import asking
from fleetward.support.contracts import Told
from fleetward.support.models import Request
from tests.db.support.desk import Desk, a_key
from tests.plugins.database import FreshDatabase
from tests.races import at_once


def asked_twice_at_once(desk: Desk) -> list[Told]:
    key, told = a_key(), list[Told]()

    def ask() -> None:
        told.append(desk.ask(key=key))

    tenants = [desk.cast.acme.id, desk.vendor.id]
    at_once(tenants, ask, ask)
    return told


def test_two_who_ask_under_one_key_ask_once(fresh_database: FreshDatabase) -> None:
    first, second = asked_twice_at_once(Desk())
    assert (second.request, second.is_repeated) == (first.request, True)


def test_without_the_turn_one_of_them_fails(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the lock that makes the second one see the first."""
    monkeypatch.setattr(asking, "wait_turn", lambda *_: None)
    with pytest.raises(IntegrityError, match="support_message_once"):
        asked_twice_at_once(Desk())
    assert Request.objects.count() == 0
