"""Confirming that it is you, before secrets and rights are given out and devices change hands.

A session proves itself at sign-in and on the page `account_reauthenticate`, for as many minutes as
the installation says. Pages of a tenant ask with `tenant_page(..., step_up=...)`, one's own pages
with `@confirmed(...)`. Tokens of the API prove nothing and are asked for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from fleetward.config.env import env

KEY = "proved_at"
# The latest proof was the word of a tenant's provider, which says nothing of what is one's own.
BY_PROVIDER = "proved_by_provider"
View = Callable[..., HttpResponseBase]


def note_sign_in(sender: object, request: HttpRequest, **more: object) -> None:
    """Receiver of sign-in."""
    note_proof(request)


def note_proof(request: HttpRequest, *, by_provider: bool = False) -> None:
    """The session has just proved itself."""
    request.session[KEY] = time.time()
    request.session[BY_PROVIDER] = by_provider


def is_old(request: HttpRequest, *, needs_own: bool = False) -> bool:
    """Whether this session has not proved itself for long; `needs_own`: otherwise than by the
    provider of a tenant, whose admins could be anybody there."""
    if needs_own and request.session.get(BY_PROVIDER):
        return True
    return bool(time.time() - request.session.get(KEY, 0) > env().web.step_up_minutes * 60)


def confirm_href(back: str) -> str:
    """The page that asks for a proof, and leads from there to the page `back`."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def ask_again(request: HttpRequest, back: str) -> HttpResponseBase:
    """To a proof, and from there to the page `back`. What was sent is not kept: it may hold
    secrets, and the session lies in the database."""
    if request.method == "POST":
        messages.info(request, _("Confirm that it is you, then send the form again."))
    if request.headers.get("HX-Request"):
        # A part of a page cannot show another page in its place.
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = confirm_href(back)
        return answer
    return HttpResponseRedirect(confirm_href(back))


def safe_way(request: HttpRequest, back: str) -> str:
    """An address of this site to go on to; anything else becomes the way home."""
    return back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/"


def confirmed(page: str) -> Callable[[View], View]:
    """A page of one's own, under `login_required`, that needs a proof given lately, whether it is
    asked for or sent. `page` is the name of the one to come back to after something was sent."""

    def declare(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if is_old(request, needs_own=True):
                is_asked = request.method == "GET"
                return ask_again(request, request.get_full_path() if is_asked else reverse(page))
            return view(request, *args, **kwargs)

        return inner

    return declare
