"""Mails of what is new: who wants them when, which items one is of, and that each is sent once.

A mail is claimed before it is sent, with the newest item that it tells of: when its worker dies,
the next try is of the same items and under the same name, whatever has come meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.contracts import Claim, MailChoice, MailWhen
from fleetward.notifications.models import Mailing, Notification
from fleetward.notifications.queries import awake
from fleetward.notifications.rules import next_mail_at


def choose_mail(*, actor: Actor, tenant: int, choice: MailChoice, now: datetime, zone: str) -> None:
    """Keep when the actor wants mails of a tenant, from what comes from now on."""
    with tenant_scope(actor.tenants):
        own = Notification.objects.filter(user_id=actor.own_id, tenant_id=tenant)
        newest = own.aggregate(newest=Max("id"))["newest"] or 0
        chosen = {
            "how": choice.how,
            "hour": choice.hour,
            "next_at": next_mail_at(choice, now=now, zone=zone),
        }
        # Who had none begins with what is new; who only changes the hour misses nothing.
        begun = {"sent_to": newest, "claimed_to": newest}
        found, _made = Mailing.objects.get_or_create(
            tenant_id=tenant, user_id=actor.own_id, defaults={**chosen, **begun}
        )
        if found.how == MailWhen.OFF:
            chosen |= begun
        Mailing.objects.filter(id=found.id).update(**chosen)


def stop_mail(*, tenant: int, user: int) -> None:
    """Send a user none any more: the way of the link in each mail. Repeat: changes nothing more."""
    with tenant_scope([tenant]):
        Mailing.objects.filter(tenant_id=tenant, user_id=user).update(
            how=MailWhen.OFF, next_at=None
        )


def list_due(*, tenants: Iterable[int], now: datetime) -> list[tuple[int, int]]:
    """Tenants and users whose mail is due, for the clock."""
    with tenant_scope(tenants):
        fresh = Notification.objects.filter(
            tenant_id=OuterRef("tenant_id"),
            user_id=OuterRef("user_id"),
            id__gt=OuterRef("sent_to"),
            read_at=None,
        )
        at_once = Q(how=MailWhen.AT_ONCE) & Exists(fresh)
        due = Mailing.objects.filter(at_once | Q(next_at__lte=now)).exclude(how=MailWhen.OFF)
        return list(due.order_by("id").values_list("tenant_id", "user_id"))


def claim_mail(*, tenant: int, user: int, now: datetime) -> Claim | None:
    """Say which items the mail that is due is of; None for a mail that is not due any more.

    Repeat: the same claim, until it is closed.
    """
    with tenant_scope([tenant]):
        found = Mailing.objects.select_for_update().filter(tenant_id=tenant, user_id=user).first()
        if found is None or found.how == MailWhen.OFF:
            return None
        if found.next_at is not None and found.next_at > now:
            return None
        if found.claimed_to == found.sent_to:
            own = Notification.objects.filter(tenant_id=tenant, user_id=user)
            newest = awake(own.filter(read_at=None, id__gt=found.sent_to), now)
            found.claimed_to = newest.aggregate(newest=Max("id"))["newest"] or found.sent_to
            found.save(update_fields=["claimed_to"])
        choice = MailChoice(MailWhen(found.how), found.hour)
        return Claim(choice, after=found.sent_to, to=found.claimed_to)


def close_mail(*, tenant: int, user: int, claim: Claim, now: datetime, zone: str) -> None:
    """The mail is out, or there was nothing to tell: the next one is of what comes after it."""
    with tenant_scope([tenant]):
        Mailing.objects.filter(tenant_id=tenant, user_id=user, claimed_to=claim.to).update(
            sent_to=claim.to, next_at=next_mail_at(claim.choice, now=now, zone=zone)
        )
