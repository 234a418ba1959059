"""Sessions and identity providers: the question that waits, and which tenant a session is bound to.

A session that a tenant's provider vouches for reaches that tenant and no other, since whoever runs
the provider can be any of its users.
"""

from __future__ import annotations

import json
import time
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth import get_user_model, login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from fleetward.config.env import env
from fleetward.infra.brief_seals import open_briefly, seal_briefly
from fleetward.infra.requests import address_of
from fleetward.kernel.actor import Actor
from fleetward.tenancy.contracts import TenantRow
from fleetward.tenancy.sign_on.contracts import Question, SignOnLate
from fleetward.web.step_up import is_old, note_proof

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
QUESTION = "sign_on_question"
BOUND = "sign_on_tenant"
ANSWERS_A_MINUTE = 30
WHERE = {"tenant": "sign-on", "field": QUESTION}


def callback_address() -> str:
    """The one address that every provider is told, whatever name a request came by."""
    return env().public_address(reverse("sign_on_callback"))


def remember(request: HttpRequest, question: Question, **purpose: object) -> None:
    """Keep what was asked, sealed, for one answer; an earlier question is void."""
    kept = json.dumps({**question.kept, **purpose})
    request.session[QUESTION] = seal_briefly(kept, **WHERE)


def remembered(request: HttpRequest) -> dict[str, Any]:
    """What was asked, once. Raises: SignOnLate."""
    kept = open_briefly(request.session.pop(QUESTION, ""), **WHERE)
    if not kept:
        raise SignOnLate
    return cast(dict[str, Any], json.loads(kept))


def answers_too_often(request: HttpRequest) -> bool:
    """Whether an address has come back too often in this minute. allauth counts no GET."""
    return asks_too_often(request, "sign-on-answers", ANSWERS_A_MINUTE, seconds=60)


def asks_too_often(request: HttpRequest, about: str, most: int, *, seconds: int) -> bool:
    """Whether an address has asked for something more often than that; this time is counted."""
    key = f"{about}:{address_of(request)}:{int(time.time() // seconds)}"
    cache.add(key, 0, seconds)
    return cache.incr(key) > most


def begin_session(request: HttpRequest, user_id: int, tenant: int | None = None) -> None:
    """Sign somebody in; `tenant`: whose provider vouches for them, and which alone they reach."""
    # Nothing of a session before goes on: it may have been somebody else's.
    request.session.flush()
    login(request, get_user_model().objects.get(pk=user_id), backend=BACKEND)
    if tenant is not None:
        request.session[BOUND] = tenant
        note_proof(request, by_provider=True)


def bound_tenant(request: HttpRequest) -> int | None:
    """The tenant whose provider vouches for this session, and which alone it reaches."""
    session = getattr(request, "session", None)
    return session.get(BOUND) if session is not None else None


def has_own_proof(request: HttpRequest) -> bool:
    """Whether this session is vouched for otherwise than by a tenant's provider alone."""
    return bound_tenant(request) is None or not is_old(request, needs_own=True)


def needed_provider(request: HttpRequest, actor: Actor, tenant: int) -> int | None:
    """Whose provider must vouch for this session before it enters a tenant; None for nobody's. Who
    is there for a partner comes by what the partner asks for, and a member by what the tenant does.
    """
    needed = actor.by_provider.get(tenant)
    return None if needed == bound_tenant(request) else needed


def redirect_to_provider(tenant: TenantRow, *, back: str) -> HttpResponseRedirect:
    """To the page that leads there."""
    query = urlencode({"customer_id": tenant.customer_id, "next": back, "needed": "1"})
    return HttpResponseRedirect(f"{reverse('organisation')}?{query}")
