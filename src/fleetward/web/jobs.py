"""What the queue does for pages: mails that nobody signed in asks for."""

from __future__ import annotations

from datetime import date

from django.utils import translation

from fleetward.identity.queries import get_user
from fleetward.infra.jobs import job
from fleetward.tenancy.contracts import Role
from fleetward.tenancy.queries import get_tenant_by_id, list_member_ids
from fleetward.warranty.contracts import Digest
from fleetward.web.mail import is_mail_configured, send_password_link, send_reminder

PASSWORD_LINK = "web.send_password_link"  # noqa: S105


class MailNotSent(Exception):
    """The queue tries again."""


@job(PASSWORD_LINK)
def mail_password_link(*, user_id: int, language: str) -> None:
    with translation.override(language):
        if not send_password_link(user_id):
            raise MailNotSent


@job("web.mail_reminders")
def mail_reminders(*, tenant: int, user: int, sent_on: str, devices: int, simulated: int) -> None:
    """To whoever still has the role, where the operator has a mail server.

    The numbers come along: they are counted once, and those of the notification.
    """
    present = list_member_ids(tenant=tenant, roles=[Role.IT_ADMIN, Role.DEVICE_ADMIN])
    if user not in present or not is_mail_configured():
        return
    reader, day = get_user(user), date.fromisoformat(sent_on)
    row = get_tenant_by_id(tenant)
    digest = Digest(devices, simulated)
    if not send_reminder(reader.email, reader.language, tenant=row, sent_on=day, digest=digest):
        raise MailNotSent
