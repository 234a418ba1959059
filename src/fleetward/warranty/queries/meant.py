"""Which devices a refresh is for (W7): by their coverage, or those of a saved view or a group.

Each is the filter of a device list as its address holds it, so that what is refreshed is what the
list shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from fleetward.devices.queries.groups import get_group
from fleetward.devices.queries.views import get_view
from fleetward.kernel.actor import Actor
from fleetward.warranty.contracts import RunScope, Status, UnfitFilter
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_words import GROUP, query_of, read_filter, strange, words_in

# ALL has none: that is bulk processing.
SCOPES = {
    RunScope.EXPIRED: urlencode({"status": Status.OUT}),
    RunScope.EXPIRING: urlencode({"status": Status.EXPIRING}),
}


_BY_QUERY = {query: scope for scope, query in SCOPES.items()}


@dataclass(frozen=True, slots=True)
class Meant:
    """A filter, and what it is called by."""

    query: str
    name: str = ""


def meant_by_view(*, actor: Actor, tenant: int, uid: UUID) -> Meant:
    """What a view that the actor finds shows. How people call their own is not for others.

    Raises: NotFound, Forbidden.
    """
    view = get_view(actor=actor, tenant=tenant, uid=uid).view
    return Meant(plain_query(view.query), view.name if view.is_shared else "")


def meant_by_group(*, actor: Actor, tenant: int, uid: UUID) -> Meant:
    """What a group has. Raises: NotFound, Forbidden."""
    group = get_group(actor=actor, tenant=tenant, uid=uid)
    return Meant(group_query(group.uid), group.name)


def query_of_view(*, actor: Actor, tenant: int, uid: UUID) -> str:
    """The filter of a view that the actor finds. Raises: NotFound, Forbidden."""
    return meant_by_view(actor=actor, tenant=tenant, uid=uid).query


def query_of_group(*, actor: Actor, tenant: int, uid: UUID) -> str:
    """The filter of a group. Raises: NotFound, Forbidden."""
    return meant_by_group(actor=actor, tenant=tenant, uid=uid).query


def scope_of(query: str) -> RunScope | None:
    """Whether a filter is one by coverage alone."""
    return _BY_QUERY.get(query)


def plain_query(query: str) -> str:
    """The filter of an address alone, without order and columns; a word of no filter stays out."""
    return query_of(words_in(query))


def group_query(uid: UUID) -> str:
    return urlencode({GROUP: uid})


def known_filter(query: str, *, today: date, zone: str) -> DeviceFilter:
    """The filter on a day; a lost word would leave more devices than were meant.

    Raises: UnfitFilter.
    """
    words = words_in(query)
    if strange(words):
        raise UnfitFilter
    return read_filter(words, today=today, zone=zone)


def active_filter(query: str, *, today: date, zone: str) -> DeviceFilter:
    """The same for what vendors are asked about: active devices, whoever asks.

    Raises: UnfitFilter.
    """
    only = known_filter(query, today=today, zone=zone)
    if not only.is_active or only.selection is not None:
        raise UnfitFilter
    return only
