"""Dynamic groups (E13): what their stored filters leave now, wherever a filter names them.

A dynamic group has no rows of members. Its filter becomes a condition of the same statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from fleetward.infra import sql
from fleetward.warranty.queries.grid_filter import DeviceFilter, StoredFilter, segments
from fleetward.warranty.queries.grid_merging import NOBODY, both
from fleetward.warranty.queries.grid_words import read_filter, words_in


def resolved(only: DeviceFilter, *, tenant: int, today: date, expiring_days: int) -> DeviceFilter:
    """A filter with the dynamic ones of its groups as they are stored now.

    One dynamic group alone becomes part of the filter itself, which the plan of a list then knows.
    """
    named = (*only.groups, *only.except_groups)
    if not named or not only.is_active:
        # Inactive devices are in no dynamic group (E11), and dynamic groups have no members.
        return only
    found = stored_filters(tenant=tenant, uids=named, today=today, expiring_days=expiring_days)
    outside = tuple(found[uid] for uid in only.except_groups if uid in found)
    inside = {uid: one for uid, one in found.items() if uid in only.groups}
    return replace(_narrowed(only, inside), except_dynamic=outside)


def _narrowed(only: DeviceFilter, found: Mapping[UUID, StoredFilter]) -> DeviceFilter:
    """The filter with the dynamic ones of the groups that devices are to be in."""
    if not found:
        return only
    rest = replace(only, groups=tuple(uid for uid in only.groups if uid not in found))
    if len(found) == 1 and not rest.groups:
        [stored] = found.values()
        merged = both(rest, stored.only)
        if merged is not None:
            return merged
    return replace(rest, dynamic=tuple(found.values()))


def stored_filters(
    *, tenant: int, uids: Sequence[UUID] | None, today: date, expiring_days: int
) -> dict[UUID, StoredFilter]:
    """What the dynamic ones of some groups, or all of them, leave on a day, by name."""
    params = {"tenant": tenant, "groups": None if uids is None else list(uids)}
    found = {}
    for uid, query, zone in sql.fetch("warranty", "list_stored_filters", params):
        only = _read(query, today=today, zone=zone)
        ends = segments(only, today=today, expiring_days=expiring_days)
        found[uid] = StoredFilter(only, ends)
    return found


def _read(query: str, *, today: date, zone: str) -> DeviceFilter:
    """The filter of a dynamic group. One that can no longer be read leaves nothing, not all."""
    only = read_filter(words_in(query), today=today, zone=zone)
    return NOBODY if only.is_empty or not only.is_active else only
