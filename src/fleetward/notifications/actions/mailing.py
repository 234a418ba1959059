"""Mails of what is new: who wants them when, which items one is of, and that each is sent once.

A mail claims its items before it is sent: when its worker dies, the next try is of the same items
and under the same name, whatever has come meanwhile. Each item knows whether it was claimed, so
that none is passed over that was put aside for a while, or was stored later than its number says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import Actor
from fleetward.notifications.contracts import Claim, MailChoice, MailWhen
from fleetward.notifications.models import Mailing, Notification
from fleetward.notifications.queries import awake
from fleetward.notifications.rules import next_mail_at


def choose_mail(*, actor: Actor, tenant: int, choice: MailChoice, now: datetime, zone: str) -> None:
    """Keep when the actor wants mails of a tenant, from what comes from now on."""
    with tenant_scope(actor.tenants):
        chosen = {
            "how": choice.how,
            "hour": choice.hour,
            "next_at": next_mail_at(choice, now=now, zone=zone),
        }
        found, is_made = Mailing.objects.get_or_create(
            tenant_id=tenant, user_id=actor.own_id, defaults=chosen
        )
        # Who had none begins with what is new; who only changes the hour misses nothing.
        if is_made or found.how == MailWhen.OFF:
            own = Notification.objects.filter(user_id=actor.own_id, tenant_id=tenant)
            own.filter(mailed_at=None).update(mailed_at=now)
            chosen["claimed_at"] = None
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
            mailed_at=None,
            read_at=None,
        )
        is_new = Q(Exists(awake(fresh, now))) | Q(claimed_at__isnull=False)
        at_once = Q(how=MailWhen.AT_ONCE) & is_new
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
        own = Notification.objects.filter(tenant_id=tenant, user_id=user)
        fresh = awake(own.filter(read_at=None, mailed_at=None), now)
        if found.claimed_at is None and fresh.update(mailed_at=now):
            found.claimed_at = now
            found.save(update_fields=["claimed_at"])
        choice = MailChoice(MailWhen(found.how), found.hour)
        return Claim(choice, at=found.claimed_at or now)


def close_mail(*, tenant: int, user: int, claim: Claim, now: datetime, zone: str) -> None:
    """The mail is out, or there was nothing to tell: the next one is of what comes after it, and of
    what was put aside before it was sent.
    """
    with tenant_scope([tenant]):
        mine = Mailing.objects.filter(tenant_id=tenant, user_id=user)
        ended = mine.filter(Q(claimed_at=claim.at) | Q(claimed_at=None))
        ended.update(claimed_at=None, next_at=next_mail_at(claim.choice, now=now, zone=zone))
        own = Notification.objects.filter(tenant_id=tenant, user_id=user, mailed_at=claim.at)
        own.filter(read_at=None, snoozed_until__gt=claim.at).update(mailed_at=None)
