"""Asking for the password again before secrets and rights are given out, when that was long ago."""

from __future__ import annotations

import time
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

KEY = "password_at"
FRESH_SECONDS = 2 * 3600


def note_password(sender: object, request: HttpRequest, **more: object) -> None:
    """Receiver of sign-in and of the password given again."""
    request.session[KEY] = time.time()


def is_old(request: HttpRequest) -> bool:
    """Whether this session has not seen the password for long."""
    return bool(time.time() - request.session.get(KEY, 0) > FRESH_SECONDS)


def ask_again(request: HttpRequest, back: str) -> HttpResponseRedirect:
    """To the password, and from there to the page `back`. What was sent is not kept: it may hold
    secrets, and the session lies in the database."""
    messages.info(request, _("Confirm your password, then send the form again."))
    query = urlencode({"next": back})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")
