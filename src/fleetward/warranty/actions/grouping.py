"""Dynamic groups (E13): a filter of the device list kept under a name that all can filter by."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from fleetward.access.contracts import Capability
from fleetward.access.queries import require
from fleetward.audit.actions import use_case
from fleetward.devices.actions import change_group, make_group
from fleetward.devices.contracts import BadGroup, GroupKind
from fleetward.devices.queries.groups import list_groups
from fleetward.kernel.actor import Actor
from fleetward.kernel.texts import N_
from fleetward.warranty.queries.grid_conditions import left_over
from fleetward.warranty.queries.grid_filter import DeviceFilter
from fleetward.warranty.queries.grid_words import (
    CONDITIONS,
    query_of,
    read_filter,
    settled,
    strange,
    words_in,
)

LONGEST_QUERY = 6_000


@use_case
def make_dynamic_group(
    *, actor: Actor, tenant: int, name: str, query: str, description: str = "", now: datetime
) -> UUID:
    """Make a group of whatever a filter leaves, today and later.

    `query`: the filter as the address of the device list holds it.

    Raises: NotFound, Forbidden, BadGroup, GroupExists, TooManyGroups.   Audit: group.created
    """
    require(actor, Capability.MANAGE_GROUPS, tenant=tenant)
    return make_group(
        actor=actor,
        tenant=tenant,
        name=name,
        description=description,
        query=_stored(actor, tenant, query),
        now=now,
    )


@use_case
def change_dynamic_group(
    *,
    actor: Actor,
    tenant: int,
    uid: UUID,
    query: str,
    name: str | None = None,
    description: str | None = None,
    now: datetime,
    seen: datetime | None = None,
) -> bool:
    """Give a dynamic group another filter, and rename or describe it; None leaves as it is.

    False when all is as before. `seen`: when it was changed last, as far as the actor knows.

    Raises: NotFound, Forbidden, BadGroup, GroupExists, ChangedMeanwhile.   Audit: group.changed
    """
    require(actor, Capability.MANAGE_GROUPS, tenant=tenant)
    return change_group(
        actor=actor,
        tenant=tenant,
        uid=uid,
        name=name,
        description=description,
        query=_stored(actor, tenant, query),
        now=now,
        seen=seen,
    )


def _stored(actor: Actor, tenant: int, query: str) -> str:
    """The filter in its one form. Raises: BadGroup for one that a group cannot keep."""
    words = settled(words_in(query))
    if len(kept := query_of(words)) > LONGEST_QUERY:
        raise BadGroup("query", N_("The filter is too long."))
    if left_over(words.get(CONDITIONS, ())):
        raise BadGroup(
            "query", N_("The filter has more conditions, or values of one, than a list takes.")
        )
    if strange(words):
        raise BadGroup(
            "query", N_("The filter contains something that the device list does not know.")
        )
    # Whatever the day: only what kind of filter it is matters here.
    only = read_filter(words, today=date(2000, 1, 1), zone="UTC")
    if problem := _problem(actor, tenant, only):
        raise BadGroup("query", problem)
    return kept


def _problem(actor: Actor, tenant: int, only: DeviceFilter) -> str:
    """Why a filter cannot be that of a group; '' when it can."""
    if only.is_empty:
        return N_("A dynamic group needs a filter.")
    if not only.is_active:
        return N_("Inactive devices are in no dynamic group.")
    if only.selection is not None:
        return N_("A selection is kept for a day only, and a group for longer.")
    asked = {*only.groups, *only.except_groups}
    named = list_groups(actor=actor, tenant=tenant, uids=list(asked))
    if any(group.kind is GroupKind.DYNAMIC for group in named):
        return N_("The filter of a dynamic group cannot ask for another dynamic group.")
    if len(named) < len(asked):
        return N_("The filter asks for a group that is not there.")
    return ""
