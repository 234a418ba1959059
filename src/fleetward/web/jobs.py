"""What the queue does for pages: mails that nobody signed in asks for."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils import translation

from fleetward.access.contracts import Capability
from fleetward.access.queries import is_allowed
from fleetward.config.env import env
from fleetward.identity.queries import get_user
from fleetward.infra.jobs import PATIENT_TRIES, enqueue, job, periodic
from fleetward.infra.tx import tenant_scope
from fleetward.kernel.actor import system_actor
from fleetward.kernel.clock import utc_now
from fleetward.notifications.actions import claim_mail, close_mail, list_due, post
from fleetward.notifications.contracts import Kind, Level
from fleetward.notifications.queries import list_claimed
from fleetward.tenancy.contracts import ADMIN_ROLES, Role
from fleetward.tenancy.people.actions import fresh_link
from fleetward.tenancy.queries import (
    actor_for_user,
    get_tenant_by_id,
    list_member_ids,
    list_tenant_ids,
)
from fleetward.tenancy.signing_up.actions import prove_by_mail
from fleetward.warranty.contracts import Digest
from fleetward.web.mail import (
    digest_links,
    is_mail_configured,
    send_digest,
    send_invitation,
    send_password_link,
    send_reminder,
    send_sign_up,
)
from fleetward.web.notification_texts import need_of

PASSWORD_LINK = "web.send_password_link"  # noqa: S105
SIGN_UP_MAIL = "web.send_sign_up"


@job(PASSWORD_LINK)
def mail_password_link(*, user_id: int, language: str) -> None:
    with translation.override(language):
        send_password_link(user_id)


@job(SIGN_UP_MAIL)
def mail_sign_up(*, sign_up: int) -> None:
    """With a link made now: no job holds one, and none holds an address."""
    mail = prove_by_mail(sign_up=sign_up, now=utc_now())
    if mail is not None and is_mail_configured():
        send_sign_up(mail)


@job("web.send_invitation", tries=PATIENT_TRIES)
def mail_invitation(*, tenant: int, user_id: int, inviter: str) -> None:
    """With a link made now: no job holds one. Without a mail server an admin makes it by hand."""
    if not is_mail_configured():
        return
    fresh = fresh_link(actor=system_actor("Invitations", tenant), tenant=tenant, user_id=user_id)
    if fresh is not None:
        link = env().public_address(reverse("invitation", args=[fresh.token]))
        place = get_tenant_by_id(tenant)
        send_invitation(fresh.email, link=link, tenant=place, inviter=inviter)


def tell_of_lost_mail(*, tenant: int, user: int, sent_on: str, **_: int) -> None:
    """The IT Admins learn who was not reminded by mail; the bell has told everybody."""
    row = get_tenant_by_id(tenant)
    with tenant_scope([tenant]):
        post(
            tenant=tenant,
            users=list_member_ids(tenant=tenant, roles=ADMIN_ROLES),
            kind=Kind.MAIL_LOST,
            key=f"mail-lost:{sent_on}:{user}",
            params={"email": get_user(user).email},
            now=utc_now(),
            level=Level.ERROR,
            link=f"{reverse('reminders', args=[row.customer_id])}?on={sent_on}",
        )


@job("web.mail_reminders", on_failure=tell_of_lost_mail, tries=PATIENT_TRIES)
def mail_reminders(*, tenant: int, user: int, sent_on: str, devices: int, simulated: int) -> None:
    """To whoever still has the role, where the operator has a mail server, which may be away for
    a day.

    The numbers come along: they are counted once, and those of the notification.
    """
    roles = [*ADMIN_ROLES, Role.DEVICE_ADMIN]
    present = list_member_ids(tenant=tenant, roles=roles, right=Capability.EDIT_DEVICES)
    if user not in present or not is_mail_configured():
        return
    reader, day = get_user(user), date.fromisoformat(sent_on)
    row = get_tenant_by_id(tenant)
    digest = Digest(devices, simulated)
    send_reminder(reader.email, reader.language, tenant=row, sent_on=day, digest=digest)


@periodic("web.find_digests", cron="* * * * *")
def find_digests() -> None:
    """A job for each mail that is due: one that waits for its server keeps no other."""
    if not is_mail_configured():
        return
    for tenant, user in list_due(tenants=list_tenant_ids(), now=utc_now()):
        key = f"web.mail_digest:{tenant}:{user}"
        enqueue("web.mail_digest", key=key, lock=key, tenant=tenant, user=user)


@job("web.mail_digest", tries=PATIENT_TRIES)
def mail_digest(*, tenant: int, user: int) -> None:
    """What is new and unread, as far as the user may see it now, or nothing."""
    now, claim = utc_now(), claim_mail(tenant=tenant, user=user, now=utc_now())
    if claim is None or not is_mail_configured():
        return
    row, reader = get_tenant_by_id(tenant), get_user(user)
    actor = actor_for_user(user_id=user, name=reader.email)
    rows = []
    if is_allowed(actor, Capability.SEE_NOTIFICATIONS, tenant=tenant):
        found = list_claimed(actor=actor, tenant=tenant, claim=claim, now=now)
        rows = [one for one in found if is_allowed(actor, need_of(one.kind), tenant=tenant)]
    if rows:
        links = digest_links(row, user, claim.at)
        send_digest(reader.email, reader.language, tenant=row, rows=rows, link=links)
    close_mail(tenant=tenant, user=user, claim=claim, now=now, zone=row.settings.time_zone)
