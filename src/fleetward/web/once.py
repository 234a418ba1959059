"""A secret that was just made, shown on the next page and never again.

That page is reached by a redirect, so that loading it again makes no other secret. Sessions lie in
the database, hence the seal.
"""

from __future__ import annotations

from django.http import HttpRequest

from fleetward.infra.brief_seals import open_briefly, seal_briefly
from fleetward.web.door import Visit

KEY = "to_show_once"


def show_once(visit: Visit, about: str, secret: str) -> None:
    """Keep a secret for the next page of what it is about."""
    keep_once(visit.request, about, secret, owner=visit.tenant.customer_id)


def shown_once(visit: Visit, about: str) -> str:
    """The secret that waits to be shown, which waits no more; empty for none."""
    return taken_once(visit.request, about, owner=visit.tenant.customer_id)


def keep_once(request: HttpRequest, about: str, secret: str, *, owner: str) -> None:
    """The same for a page without tenant; `owner` names who is to see it."""
    sealed = seal_briefly(secret, tenant=owner, field=_field(about))
    request.session[KEY] = {"about": about, "sealed": sealed}


def taken_once(request: HttpRequest, about: str, *, owner: str) -> str:
    """It again, once."""
    kept = request.session.get(KEY)
    if kept is None or kept["about"] != about:
        return ""
    del request.session[KEY]
    return open_briefly(kept["sealed"], tenant=owner, field=_field(about))


def _field(about: str) -> str:
    return f"shown once: {about}"
