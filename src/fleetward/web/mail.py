"""Mails that pages send: the link to a first password, and invitations. Reset mails are allauth's.

They say whether they went out, so that whoever asked for them can go another way.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from fleetward.identity.queries import find_user
from fleetward.tenancy.contracts import TenantRow

log = structlog.get_logger(__name__)


def is_mail_configured() -> bool:
    """Whether the operator gave an SMTP server."""
    return bool(settings.EMAIL_HOST)


def send_first_password(request: HttpRequest, email: str) -> bool:
    """Mail a new user the link under which a password is chosen."""
    form = ResetPasswordForm({"email": email})
    return form.is_valid() and _is_sent(lambda: form.save(request))


def send_invitation(email: str, *, link: str, tenant: TenantRow, inviter: str) -> bool:
    """Mail somebody who has an account the link under which an invitation is accepted.

    In the language of the account; without a choice in that of the tenant that invites.
    """
    told = {"link": link, "tenant": tenant.name, "inviter": inviter}
    known = find_user(email)
    with translation.override((known and known.language) or tenant.settings.language):
        mail = get_adapter().render_mail("account/email/invitation", email, told)
    return _is_sent(mail.send)


def _is_sent(send: Callable[[], object]) -> bool:
    try:
        send()
    except OSError as error:
        # Of smtplib's errors too. Who gets mail from whom is not for the log.
        log.warning("mail server refused or did not answer", error=type(error).__name__)
        return False
    return True
