"""A secret that was just made, shown on the next page and never again.

That page is reached by a redirect, so that loading it again makes no other secret. Sessions lie in
the database, hence the seal.
"""

from __future__ import annotations

from fleetward.infra.brief_seals import open_briefly, seal_briefly
from fleetward.web.door import Visit

KEY = "to_show_once"


def show_once(visit: Visit, about: str, secret: str) -> None:
    """Keep a secret for the next page of what it is about."""
    sealed = seal_briefly(secret, tenant=visit.tenant.customer_id, field=_field(about))
    visit.request.session[KEY] = {"about": about, "sealed": sealed}


def shown_once(visit: Visit, about: str) -> str:
    """The secret that waits to be shown, which waits no more; empty for none."""
    kept = visit.request.session.get(KEY)
    if kept is None or kept["about"] != about:
        return ""
    del visit.request.session[KEY]
    return open_briefly(kept["sealed"], tenant=visit.tenant.customer_id, field=_field(about))


def _field(about: str) -> str:
    return f"shown once: {about}"
