"""Forms of allauth that do their work our way."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest
from django.utils.translation import get_language

from fleetward.infra.jobs import enqueue
from fleetward.web.jobs import PASSWORD_LINK


class ResetPassword(ResetPasswordForm):  # type: ignore[misc]
    """Leaves the mail to the queue.

    A mail server that is slow or gone would keep a web worker from its work, and tell by the time
    and kind of the answer whether an address has an account.
    """

    def save(self, request: HttpRequest, **more: Any) -> str:
        known = self.users[0].id if self.users else 0
        # Of an unknown address too, so that both take as long.
        enqueue(PASSWORD_LINK, user_id=known, language=get_language() or "en")
        return str(self.cleaned_data["email"])
