"""Mails that pages send: the link to a first password. Reset mails are allauth's."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from fleetward.config.env import env


def is_mail_configured() -> bool:
    """Whether the operator gave an SMTP server."""
    return bool(env().mail.host)


def send_first_password(request: HttpRequest, email: str) -> None:
    """Mail a new user the link under which a password is chosen."""
    form = ResetPasswordForm({"email": email})
    if form.is_valid():
        form.save(request)
