"""The devices that a reader looked at lately in a tenant, remembered by the browser.

The cookie holds public ids alone; what they are called is asked anew, in the reader's own sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponseBase

from fleetward.devices.queries.history import NamedDevice, list_named
from fleetward.web.door import Visit

MOST = 8
_SECONDS = 90 * 24 * 3600


def remember(visit: Visit, response: HttpResponseBase, uid: UUID) -> None:
    """Put a device at the head of those looked at."""
    known = [one for one in _uids(visit) if one != uid]
    word = ".".join(str(one) for one in [uid, *known][:MOST])
    response.set_cookie(_name(visit), word, max_age=_SECONDS, samesite="Lax", httponly=True)


def recent_devices(visit: Visit) -> Sequence[NamedDevice]:
    """The devices looked at, the latest first, as far as they are still in sight."""
    uids = _uids(visit)
    if not uids:
        return ()
    found = list_named(actor=visit.actor, tenant=visit.tenant.id, uids=uids, most=MOST)
    return sorted(found, key=lambda one: uids.index(one.uid))


def _name(visit: Visit) -> str:
    return f"recent_{visit.tenant.customer_id}"


def _uids(visit: Visit) -> list[UUID]:
    found = []
    for word in visit.request.COOKIES.get(_name(visit), "").split(".")[:MOST]:
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found
