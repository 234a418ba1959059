"""In which language somebody is spoken to: one's own choice, then the tenant's, then the browser's.

A choice is that of the profile, or the one made on a page before sign-in, which is in a cookie.
"""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from fleetward.tenancy.queries import default_language
from fleetward.web.sign_on import bound_tenant


def chosen_language(request: HttpRequest) -> str:
    """What the reader has chosen; '' for nothing. Who came by a tenant's provider chooses for the
    browser, and not in the profile."""
    own = str(getattr(request.user, "language", ""))
    has_cookie = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    here = translation.get_language_from_request(request) if has_cookie else ""
    return (here or own) if bound_tenant(request) is not None else (own or here)


def page_language(request: HttpRequest) -> str:
    """Of a page, unless it turns out to be a tenant's (`web.door`)."""
    if chosen := chosen_language(request):
        return chosen
    tenants = ""
    if request.user.is_authenticated and not request.path.startswith("/t/"):
        tenants = default_language(
            user_id=cast(Any, request.user).id, customer_id=request.COOKIES.get("tenant", "")
        )
    return tenants or str(translation.get_language_from_request(request))


def mail_language(user: object) -> str:
    """Of a mail to a user, who is not the one who asks for the page."""
    known = cast(Any, user)
    return known.language or default_language(user_id=known.id) or translation.get_language() or ""
