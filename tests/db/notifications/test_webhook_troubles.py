"""Webhooks that need a person: the IT Admins are told, once until it is over."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest
from django.utils import translation

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import mark_read
from fleetward.notifications.contracts import DeliveryState, Kind
from fleetward.notifications.models import Delivery, Notification, Webhook
from fleetward.notifications.queries import list_notifications
from fleetward.notifications.webhooks.actions import break_try, rotate_secret, sending
from fleetward.notifications.webhooks.actions.troubles import tell_of
from fleetward.notifications.webhooks.queries import get_webhook
from fleetward.notifications.webhooks.rules import WAITS
from fleetward.web.notification_texts import note_of
from tests.cast import actor_of, make_cast
from tests.db.notifications.office import Office
from tests.db.notifications.receiver import Receiver, receiving
from tests.plugins.database import FreshDatabase
from tests.races import at_once

FAILED, GONE = Kind.WEBHOOK_FAILED, Kind.WEBHOOK_GONE


def told(office: Office, *, unread: bool = False) -> list[tuple[int, str]]:
    """Who was told of webhooks, and what."""
    with tenant_scope([office.tenant]):
        found = Notification.objects.filter(kind__in=[FAILED, GONE]).order_by("id")
        found = found.filter(read_at=None) if unread else found
        return list(found.values_list("user_id", "kind"))


def give_up(office: Office, *keys: str) -> None:
    """What happens is not taken, in any try."""
    for key in keys:
        office.happens(key=key)
    for _ in range(len(WAITS) + 1):
        office.work()


def test_the_it_admins_are_told_once_that_a_delivery_was_given_up(office: Office) -> None:
    with receiving(503) as receiver:
        made = office.add(receiver.url)
        for key in ("one", "two"):
            give_up(office, key, f"{key} more")
            assert told(office) == [(office.cast.admin.id, FAILED)]
    hook = get_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook)
    assert (hook.is_enabled, hook.given_up_at is None) == (True, False)
    with tenant_scope([office.tenant]):
        (notice,) = Notification.objects.filter(kind=FAILED)
    assert notice.level == "ERROR"
    assert notice.params == {"name": "Tickets", "webhook": str(made.webhook)}
    customer_id = office.cast.acme.customer_id
    assert notice.link == f"/t/{customer_id}/settings/webhooks/{made.webhook}/"


def test_nobody_is_told_of_a_try_that_is_made_again(office: Office) -> None:
    with receiving(503) as receiver:
        office.add(receiver.url)
        office.happens()
        for _ in range(len(WAITS)):
            office.work()
    assert told(office) == []


def test_they_are_told_again_once_it_had_worked_in_between(office: Office) -> None:
    with receiving(503) as receiver:
        made = office.add(receiver.url)
        give_up(office, "one")
        receiver.statuses = [204]
        office.happens(key="two")
        office.work()
        hook = get_webhook(actor=office.actor, tenant=office.tenant, uid=made.webhook)
        assert hook.given_up_at is None
        receiver.statuses = [503]
        give_up(office, "three")
    admin = office.cast.admin.id
    assert told(office) == [(admin, FAILED)] * 2
    assert told(office, unread=True) == [(admin, FAILED)]


def test_they_are_told_again_once_somebody_has_changed_it(office: Office) -> None:
    with receiving(503) as receiver:
        made = office.add(receiver.url)
        asked = {"actor": office.actor, "tenant": office.tenant, "uid": made.webhook}
        changes = [
            partial(office.change, made.webhook, name="Other"),
            partial(rotate_secret, **asked, now=utc_now()),
        ]
        give_up(office, "before")
        for number, change in enumerate(changes):
            change()
            assert get_webhook(**asked).given_up_at is None
            give_up(office, f"after {number}")
            assert len(told(office)) == number + 2
            assert len(told(office, unread=True)) == 1


def test_having_read_it_is_no_reason_to_be_told_again(office: Office) -> None:
    with receiving(503) as receiver:
        office.add(receiver.url)
        give_up(office, "one")
        assert mark_read(actor=office.actor, tenant=office.tenant, now=utc_now()) >= 1
        give_up(office, "two")
    assert len(told(office)) == 1
    assert told(office, unread=True) == []


def test_they_are_told_that_a_receiver_is_gone_instead_of_what_they_have_not_read(
    office: Office,
) -> None:
    with receiving(503) as receiver:
        made = office.add(receiver.url)
        give_up(office, "one")
        receiver.statuses = [410]
        office.happens(key="two")
        office.happens(key="three")
        office.work()
        assert len(office.deliveries(made.webhook, DeliveryState.FAILED)) == 3
    admin = office.cast.admin.id
    assert told(office) == [(admin, FAILED), (admin, GONE)]
    assert told(office, unread=True) == [(admin, GONE)]


def test_nobody_is_told_of_what_was_pending_when_somebody_switched_it_off(
    office: Office, receiver: Receiver
) -> None:
    made = office.add(receiver.url)
    office.happens()
    office.change(made.webhook, is_enabled=False)
    office.work()
    (row,) = office.deliveries(made.webhook)
    assert (row.state, row.error, receiver.got) == ("FAILED", "switched off", [])
    assert told(office) == []


def test_each_webhook_has_its_own_notice_and_the_others_are_sent_it(
    office: Office, receiver: Receiver
) -> None:
    """A webhook is not sent that it is in trouble itself."""
    well = office.add(receiver.url, kinds=(FAILED,))
    with receiving(503) as bad:
        ill = [office.add(bad.url, kinds=(Kind.COVERAGE_ENDS, FAILED)) for _ in range(2)]
        give_up(office, "one")
        assert len(told(office, unread=True)) == 2
        office.work()
        sent = [payload["data"]["params"]["webhook"] for payload in receiver.payloads(well.secret)]
        assert sorted(sent) == sorted(str(one.webhook) for one in ill)
        for one in ill:
            kinds = [row.kind for row in office.deliveries(one.webhook)]
            assert sorted(kinds) == ["COVERAGE_ENDS", "WEBHOOK_FAILED"]


def fail_at_once(office: Office) -> None:
    """The last tries of two deliveries, which both find that none was given up before."""
    office.add()
    office.happens(key="one")
    office.happens(key="two")
    with tenant_scope([office.tenant]):
        Delivery.objects.update(tries=len(WAITS))
    first, second = office.planned()
    at_once(
        [office.tenant],
        partial(break_try, **first, clock=utc_now),
        partial(break_try, **second, clock=utc_now),
    )


def test_two_that_are_given_up_at_once_are_told_of_once(fresh_database: FreshDatabase) -> None:
    office = Office(make_cast())
    fail_at_once(office)
    assert told(office) == [(office.cast.admin.id, FAILED)]


def test_control_without_the_compare_and_set_they_are_told_of_twice(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_up_before(hook: Webhook, now: datetime) -> None:
        if hook.given_up_at is None:
            Webhook.objects.filter(id=hook.id).update(given_up_at=now)
            tell_of(hook, FAILED, now)

    monkeypatch.setattr(sending, "note_given_up", looked_up_before)
    office = Office(make_cast())
    fail_at_once(office)
    assert told(office) == [(office.cast.admin.id, FAILED)] * 2


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            [
                "The webhook “Tickets” has not taken a message in three days of tries. Check its "
                "receiver, then send the message again.",
                "The webhook “Tickets” was switched off, because its receiver answered that it is "
                "gone for good",
            ],
        ),
        (
            "fr",
            [
                "Le webhook «\xa0Tickets\xa0» n’a pas accepté un message après trois jours "
                "d’essais. Vérifiez son destinataire, puis renvoyez le message.",
                "Le webhook «\xa0Tickets\xa0» a été désactivé, car son destinataire a répondu "
                "qu’il n’existe plus",
            ],
        ),
    ],
)
def test_l7_it_is_told_in_the_reader_s_language(
    office: Office, language: str, texts: list[str]
) -> None:
    with receiving(503) as receiver:
        office.add(receiver.url, kinds=(Kind.COVERAGE_ENDS,))
        give_up(office, "one")
        receiver.statuses = [410]
        office.happens(key="two")
        office.work()
    with translation.override(language):
        page = list_notifications(actor=actor_of(office.cast.admin), tenant=office.tenant)
        notes = [note_of(row).title for row in page.rows if row.kind in {FAILED, GONE}]
    assert notes == texts[::-1]
