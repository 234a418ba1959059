"""What the queue does for pages: mails that nobody signed in asks for."""

from __future__ import annotations

from django.utils import translation

from fleetward.infra.jobs import job
from fleetward.web.mail import send_password_link

PASSWORD_LINK = "web.send_password_link"  # noqa: S105


class MailNotSent(Exception):
    """The queue tries again."""


@job(PASSWORD_LINK)
def mail_password_link(*, user_id: int, language: str) -> None:
    with translation.override(language):
        if not send_password_link(user_id):
            raise MailNotSent
