"""What a run makes of each way in which a vendor misbehaves (W13-W15): the state table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from fleetward.connections.actions import count_calls
from fleetward.connections.contracts import Slot
from fleetward.connections.models import Quota
from fleetward.connections.queries import rows_of
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.actions import lanes
from fleetward.warranty.contracts import Reason, RunState
from tests.bulk import (
    MANUFACTURERS,
    PRODUCT_NUMBER,
    begin,
    finish,
    make_known,
    outcomes_of,
    set_up,
)
from tests.cast import add_devices, make_cast
from tests.plugins.variables import SetEnv
from tests.simulators import Simulators

pytestmark = pytest.mark.django_db

SOME, BATCHES = 12, 210
ANSWERED = {"FOUND", "NOT_FOUND"}


@dataclass(frozen=True)
class Case:
    """A vendor with dials turned, and what becomes of the devices and of the connection.

    `failures`: the vendor has failed so often already, so that no test waits for minutes.
    `is_known`: the vendor knows every device, and lines of cover of it. Of others there is nothing
    that could be halved.
    """

    vendor: str
    dials: dict[str, Any] = field(default_factory=dict)
    outcomes: frozenset[str] = frozenset(ANSWERED)
    state: RunState = RunState.DONE
    connection: str = "OK"
    failures: int = 0
    devices: int = SOME
    is_known: bool = False


def lost(reason: Reason) -> dict[str, Any]:
    return {"outcomes": frozenset({reason}), "state": RunState.DONE_WITH_PROBLEMS}


PAUSED = {**lost(Reason.CREDENTIALS_REFUSED), "connection": "CREDENTIALS_REFUSED"}
UNTESTED: dict[str, Any] = {"connection": "UNTESTED"}
CASES = {
    "dell at rest": Case("dell"),
    "lenovo at rest": Case("lenovo"),
    "hp at rest": Case("hp"),
    "cisco at rest": Case("cisco"),
    "apple at rest": Case("apple"),
    "half an answer of apple": Case(
        "apple",
        {"half_batch": True},
        **lost(Reason.ANSWER_UNREADABLE),
        **UNTESTED,
        is_known=True,
    ),
    "dynabook at rest": Case("dynabook"),
    "nonsense of dynabook": Case(
        "dynabook", {"half_batch": True}, **lost(Reason.ANSWER_UNREADABLE), **UNTESTED
    ),
    "forbidden by dynabook": Case("dynabook", {"refuse_credentials": True}, **PAUSED),
    "refused credentials of apple": Case("apple", {"refuse_credentials": True}, **PAUSED),
    "some throttling of apple": Case("apple", {"throttle_every": 5}),
    # Of one device, half is none: it is the one that the vendor never speaks of.
    "half a batch": Case(
        "dell",
        {"half_batch": True},
        outcomes=frozenset({*ANSWERED, Reason.ANSWER_UNREADABLE}),
        state=RunState.DONE_WITH_PROBLEMS,
    ),
    "half a batch of lenovo": Case("lenovo", {"half_batch": True}),
    "reverse order": Case("dell", {"reverse_order": True}),
    "items twice": Case("dell", {"repeat_items": True}),
    "some errors": Case("dell", {"error_rate": 0.4}, devices=BATCHES),
    "some throttling": Case("dell", {"throttle_every": 2}, devices=BATCHES),
    "a job that takes time": Case("hp", {"job_seconds": 1.5}),
    "refused credentials": Case("dell", {"refuse_credentials": True}, **PAUSED),
    "refused credentials of lenovo": Case("lenovo", {"refuse_credentials": True}, **PAUSED),
    "refused credentials of hp": Case("hp", {"refuse_credentials": True}, **PAUSED),
    "forbidden": Case("dell", {"force_status": 403}, **PAUSED),
    "nonsense": Case("dell", {"garbage": True}, **lost(Reason.ANSWER_UNREADABLE), **UNTESTED),
    "html": Case("lenovo", {"html200": True}, **lost(Reason.ANSWER_UNREADABLE), **UNTESTED),
    "down": Case("dell", {"force_status": 503}, **lost(Reason.VENDOR_DOWN), **UNTESTED, failures=7),
    # Its gateway says 403 to both: too fast, and not permitted.
    "some throttling of cisco": Case("cisco", {"throttle_every": 2}, devices=BATCHES),
    "forbidden by cisco": Case("cisco", {"force_status": 403}, **PAUSED),
    "throttled for hours": Case(
        "dell",
        {"throttle_every": 1, "retry_after": "7200"},
        **lost(Reason.QUOTA_REACHED),
        **UNTESTED,
    ),
}


def test_w15_a_refused_base_url_blames_no_credentials(vendors: Simulators, set_env: SetEnv) -> None:
    """The operator bent the provider to an address that this installation may not call."""
    set_env(FLEETWARD_PROVIDERS__DELL__BASE_URL="https://10.0.0.1")
    tenant = make_cast().acme.id
    add_devices(tenant, SOME)
    run = finish(tenant, begin(set_up(tenant, "dell"), tenant))
    assert set(outcomes_of(tenant, run.id).values()) == {Reason.VENDOR_DOWN}
    with tenant_scope([tenant]):
        row = rows_of(tenant)[0]
    assert row.is_usable
    assert "may not be called" in row.errors[0].text


@pytest.mark.parametrize("name", CASES)
def test_w15_each_trouble_ends_in_its_state(vendors: Simulators, name: str) -> None:
    case, cast = CASES[name], make_cast()
    tenant = cast.acme.id
    devices = add_devices(
        tenant, case.devices, MANUFACTURERS[case.vendor], product_number=PRODUCT_NUMBER
    )
    if case.is_known:
        make_known(tenant, devices, case.vendor)
    actor = set_up(tenant, case.vendor)
    vendors.dial(case.vendor, **case.dials)
    run = begin(actor, tenant)
    with tenant_scope([tenant]):
        Quota.objects.update(failures=case.failures)
    run = finish(tenant, run)
    assert run.state is case.state
    ended = outcomes_of(tenant, run.id)
    assert set(ended) == set(devices)
    assert set(ended.values()) <= case.outcomes, Counter(ended.values())
    with tenant_scope([tenant]):
        assert rows_of(tenant)[0].state == case.connection


@pytest.mark.parametrize("vendor", ["dell", "hp"])
def test_w15_every_call_takes_a_slot_when_a_token_ends_early(
    vendors: Simulators, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    """The refused call, the sign-in and the retry: none leaves beside the quota."""
    tenant, slots = make_cast().acme.id, Slots()
    monkeypatch.setattr(lanes, "count_calls", slots.take)
    actor = set_up(tenant, vendor)
    add_devices(tenant, 2, MANUFACTURERS[vendor], product_number=PRODUCT_NUMBER)
    for _ in range(2):
        vendors.dial(vendor, expire_token=True)
        assert finish(tenant, begin(actor, tenant)).state is RunState.DONE
    stats = vendors.stats(vendor)
    assert stats["refused"] >= 1
    assert slots.taken == stats["data_calls"] + stats["token_calls"]


class Slots:
    """Counts the slots that are given; the row of the quota forgets them at midnight."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, *, calls: int, **place: Any) -> Slot:
        slot = count_calls(calls=calls, **place)
        self.taken += calls * slot.is_taken
        return slot
