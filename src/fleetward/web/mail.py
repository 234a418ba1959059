"""Mails that pages send: the link to a first password. Reset mails are allauth's."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm
from django.conf import settings
from django.http import HttpRequest


def is_mail_configured() -> bool:
    """Whether the operator gave an SMTP server."""
    return bool(settings.EMAIL_HOST)


def send_first_password(request: HttpRequest, email: str) -> None:
    """Mail a new user the link under which a password is chosen."""
    form = ResetPasswordForm({"email": email})
    if form.is_valid():
        form.save(request)
