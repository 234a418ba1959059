"""S9: reminders reach a webhook's receiver once, catch up, and come again for another end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.notifications.contracts import Kind
from fleetward.notifications.webhooks.actions import add_webhook
from fleetward.notifications.webhooks.contracts import WebhookInput
from fleetward.warranty.actions.reminding import send_reminders
from fleetward.warranty.models import Coverage
from tests.cast import NOW, TODAY, Cast, actor_of, add_devices, make_cast
from tests.db.notifications.receiver import Receiver, receiving
from tests.plugins.database import FreshDatabase
from tests.plugins.variables import SetEnv

DAY = timedelta(days=1)


class Told:
    """A tenant with a receiver; workers send what the days bring."""

    def __init__(self, cast: Cast, receiver: Receiver, run_jobs: Callable[[], None]) -> None:
        self.cast, self.tenant = cast, cast.acme.id
        self.receiver, self.run_jobs = receiver, run_jobs
        hook = WebhookInput("Tickets", receiver.url, (Kind.COVERAGE_ENDS,))
        actor = actor_of(cast.admin)
        self.secret = add_webhook(actor=actor, tenant=self.tenant, webhook=hook, now=NOW).secret

    def end(self, devices: list[int], left: int) -> None:
        with tenant_scope([self.tenant]):
            of_them = Coverage.objects.filter(device_id__in=devices)
            of_them.update(ends_on=TODAY + left * DAY, reason="")

    def day(self, number: int) -> list[tuple[object, object]]:
        """What the receiver gets on a day: of which day, and how many devices."""
        self.receiver.got.clear()
        for _ in range(2):
            actor = system_actor("Tests", self.tenant)
            send_reminders(actor=actor, tenant=self.tenant, now=NOW + number * DAY)
        self.run_jobs()
        payloads = self.receiver.payloads(self.secret)
        assert {one["type"] for one in payloads} <= {"COVERAGE_ENDS"}
        self.links = [one["data"]["link"] for one in payloads]
        params = [one["data"]["params"] for one in payloads]
        assert all(set(one) == {"devices", "sent_on", "simulated"} for one in params)
        return [(one["sent_on"], one["devices"]) for one in params]


@pytest.fixture
def told(
    fresh_database: FreshDatabase, set_env: SetEnv, run_jobs: Callable[[], None]
) -> Iterator[Told]:
    set_env(FLEETWARD_OUTGOING__ALLOW_INTERNAL="127.0.0.1")
    with receiving() as receiver:
        yield Told(make_cast(), receiver, run_jobs)


def test_s9_reminders_reach_the_receiver_once_catch_up_and_come_again(told: Told) -> None:
    devices = add_devices(told.tenant, 2)
    told.end(devices, 90)
    assert told.day(0) == [(str(TODAY), 2)]
    (link,) = told.links
    assert link.endswith(f"/t/{told.cast.acme.customer_id}/warranty/reminders/?on={TODAY}")
    # Once: nothing new the day after.
    assert told.day(1) == []
    # Nothing ran on day 60, the next threshold: it is told when something runs again.
    assert told.day(63) == [(str(TODAY + 63 * DAY), 2)]
    assert told.day(64) == []
    # Another end counts anew.
    told.end(devices[:1], 64 + 90 + 1)
    assert told.day(65) == [(str(TODAY + 65 * DAY), 1)]
