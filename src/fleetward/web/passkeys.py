"""Passkeys and requests: for which site they are, and the question that waits for its answer."""

from __future__ import annotations

import json
import time
from ipaddress import ip_address
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from fleetward.identity.passkeys.contracts import Challenge, PasskeyRefused, RelyingSite

KEY = "passkey_question"
VALID_SECONDS = 300


def site_of(request: HttpRequest) -> RelyingSite:
    """The name that the browser has asked; `ALLOWED_HOSTS` has let it pass."""
    return RelyingSite(host_of(request), f"{request.scheme}://{request.get_host()}")


def host_of(request: HttpRequest) -> str:
    host = request.get_host()
    return host if host.endswith("]") else host.partition(":")[0]


def has_passkeys(request: HttpRequest) -> bool:
    """Whether browsers make passkeys for this site: never for one that has no name."""
    try:
        host = host_of(request)
    except DisallowedHost:
        # The page that refuses the name has a frame as well.
        return False
    try:
        ip_address(host)
    except ValueError:
        return not host.startswith("[")
    return False


def asked(request: HttpRequest, about: str, challenge: Challenge) -> HttpResponse:
    """Hand the question to the script of the page, and remember it for one answer."""
    request.session[KEY] = {"about": about, "state": challenge.state, "at": time.time()}
    answer = HttpResponse(json.dumps(challenge.options), content_type="application/json")
    answer["Cache-Control"] = "no-store"
    return answer


def taken(request: HttpRequest, about: str) -> dict[str, Any]:
    """The question that an answer belongs to, once. Raises: PasskeyRefused."""
    kept = request.session.pop(KEY, None)
    if kept is None or kept["about"] != about or time.time() - kept["at"] > VALID_SECONDS:
        raise PasskeyRefused
    state: dict[str, Any] = kept["state"]
    return state
