"""Guesses are limited for each source, each tenant and over all (E7, hardening)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleetward.agents.actions import enrol, forget_refusals, guesses
from fleetward.agents.contracts import Ask, EnrolmentRefused, EnrolmentState
from fleetward.agents.models import Refusals
from fleetward.config.env import Agents, Env
from fleetward.infra.tx import tenant_scope
from fleetward.notifications.models import Notification
from tests.cast import NOW, Cast
from tests.db.agents.machines import LATITUDE, Site, new_key, site

pytestmark = pytest.mark.django_db
UNKNOWN = "7KQ2-M9XV-4TB6"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Agents(refusals_per_source=3, refusals_per_tenant=4, refusals_in_all=6)
    monkeypatch.setattr(guesses, "env", lambda: Env(agents=limits))


@pytest.fixture
def ours(cast: Cast) -> Site:
    return site(cast.acme)


def is_enrolled(pin: str, address: str, minutes: int = 0) -> bool:
    ask = Ask(pin, new_key(), LATITUDE, address, "agent-request")
    try:
        made = enrol(ask=ask, now=NOW + timedelta(minutes=minutes))
    except EnrolmentRefused:
        return False
    return made.state is EnrolmentState.ENROLLED


def guess(times: int, pin: str = UNKNOWN, address: str = "192.0.2.{}") -> None:
    for number in range(times):
        assert not is_enrolled(pin, address.format(number))


def test_a_source_that_guesses_is_not_looked_at_any_more(ours: Site) -> None:
    guess(3, address="192.0.2.1")
    assert not is_enrolled(ours.pin, "192.0.2.1")
    assert is_enrolled(ours.pin, "192.0.2.2")
    assert is_enrolled(ours.pin, "192.0.2.1", minutes=15)


def test_control_one_refusal_less_leaves_the_door_open(ours: Site) -> None:
    guess(2, address="192.0.2.1")
    assert is_enrolled(ours.pin, "192.0.2.1")


def test_enrolments_count_for_nothing(ours: Site) -> None:
    for _ in range(8):
        assert is_enrolled(ours.pin, "192.0.2.1")
    assert not Refusals.objects.exists()


def test_a_network_of_ipv6_is_one_source(ours: Site) -> None:
    guess(3, address="2001:db8:1:2::{}")
    assert not is_enrolled(ours.pin, "2001:db8:1:2::ffff")
    assert is_enrolled(ours.pin, "2001:db8:1:3::ffff")


def test_over_all_sources_guesses_are_limited(ours: Site) -> None:
    guess(6)
    assert not is_enrolled(ours.pin, "203.0.113.9")


def test_refusals_of_a_tenant_are_limited_and_told_once(cast: Cast, ours: Site) -> None:
    present, elsewhere = site(cast.acme), site(cast.other)
    guess(5, pin=ours.pin)
    assert not is_enrolled(present.pin, "203.0.113.9")
    assert is_enrolled(elsewhere.pin, "203.0.113.9")
    with tenant_scope([cast.acme.id]):
        kinds = list(Notification.objects.values_list("kind", flat=True))
    assert kinds == ["ENROLMENT_LIMITED"]


def test_counts_of_windows_that_are_over_are_forgotten(ours: Site) -> None:
    guess(1)
    forget_refusals(now=NOW + timedelta(hours=23))
    assert Refusals.objects.exists()
    forget_refusals(now=NOW + timedelta(hours=25))
    assert not Refusals.objects.exists()
