"""Groups (E13) as a filter names them: what the dynamic ones leave now, and whether all are there.

A dynamic group has no rows of members. Its filter becomes a condition of the same statement.

A group that is gone leaves nothing, whether devices are to be in it or not: who left some out by a
group that somebody then deletes must not reach just these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from uuid import UUID

from fleetward.devices.contracts import GroupKind
from fleetward.infra import sql
from fleetward.warranty.queries.grid_filter import DeviceFilter, StoredFilter, segments
from fleetward.warranty.queries.grid_merging import NOBODY, both
from fleetward.warranty.queries.grid_words import read_filter, settled, strange, words_in

# Queries that stay read: a tenant has at most a thousand groups.
MOST_READ = 4_096


def resolved(only: DeviceFilter, *, tenant: int, today: date, expiring_days: int) -> DeviceFilter:
    """A filter with the dynamic ones of its groups as they are stored now; one of nobody where a
    group is lost.

    One dynamic group alone becomes part of the filter itself, which the plan of a list then knows.
    """
    if not only.named_groups:
        return only
    known = _known(tenant, only.named_groups)
    if known.lacks(only.named_groups):
        return replace(NOBODY, is_active=only.is_active, is_archived=only.is_archived)
    # Inactive devices are in no dynamic group (E11).
    found = known.stored(today, expiring_days) if only.is_active else {}
    outside = tuple(found[uid] for uid in only.except_groups if uid in found)
    inside = {uid: one for uid, one in found.items() if uid in only.groups}
    needed = _needed([only, *(one.only for one in found.values())])
    return replace(_narrowed(only, inside), except_dynamic=outside, needed=needed)


def _needed(filters: Collection[DeviceFilter]) -> tuple[UUID, ...]:
    """The groups that each statement has to find again, because one may be deleted before it.

    None where no group leaves devices out: with one less there are then only fewer.
    """
    if not any(one.except_groups for one in filters):
        return ()
    return tuple(dict.fromkeys(uid for one in filters for uid in one.named_groups))


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


def is_lost(only: DeviceFilter, *, tenant: int) -> bool:
    """Whether a filter leaves nothing because a group is lost: one that it asks for, or one that
    its dynamic groups ask for. In the caller's scope.
    """
    named = only.named_groups
    return bool(named) and _known(tenant, named).lacks(named)


def stored_filters(
    *, tenant: int, uids: Collection[UUID] | None, today: date, expiring_days: int
) -> dict[UUID, StoredFilter]:
    """What the dynamic ones of some groups, or all of them, leave on a day, by name."""
    return _known(tenant, uids).stored(today, expiring_days)


@dataclass(frozen=True, slots=True)
class _Known:
    """Groups that are there; of the dynamic ones query and time zone, and which are lost."""

    static: frozenset[UUID]
    queries: Mapping[UUID, tuple[str, str]]
    lost: frozenset[UUID]

    def lacks(self, named: Iterable[UUID]) -> bool:
        return not (self.static | self.queries.keys()).issuperset(named) or bool(self.lost)

    def stored(self, today: date, expiring_days: int) -> dict[UUID, StoredFilter]:
        """What the dynamic ones leave on a day. A lost one leaves nothing, not all."""
        found = {}
        for uid, (query, zone) in self.queries.items():
            words = settled(words_in(query))
            only = NOBODY if uid in self.lost else read_filter(words, today=today, zone=zone)
            ends = segments(only, today=today, expiring_days=expiring_days)
            found[uid] = StoredFilter(only, ends)
        return found


def _known(tenant: int, uids: Collection[UUID] | None) -> _Known:
    """Those of some groups, or of all, that are there."""
    rows = _rows(tenant, uids)
    queries = {uid: (query, zone) for uid, kind, query, zone in rows if kind == GroupKind.DYNAMIC}
    present = {uid for uid, *_rest in rows}
    asked = {uid for query, _zone in queries.values() for uid in named_by(query) or ()}
    if others := asked - present:
        present |= {uid for uid, *_rest in _rows(tenant, others)}
    lost = (uid for uid, (query, _zone) in queries.items() if not is_whole(query, present))
    return _Known(frozenset(present - queries.keys()), queries, frozenset(lost))


def _rows(tenant: int, uids: Collection[UUID] | None) -> list[tuple[UUID, str, str, str]]:
    params = {"tenant": tenant, "groups": None if uids is None else list(uids)}
    return sql.fetch("warranty", "list_stored_filters", params)


def is_whole(query: str, groups: AbstractSet[UUID]) -> bool:
    """Whether a stored filter can be read whole, and all that it asks for is among some groups."""
    named = named_by(query)
    return named is not None and named <= groups


@lru_cache(maxsize=MOST_READ)
def named_by(query: str) -> frozenset[UUID] | None:
    """The groups that a stored filter asks for; None for one that can no longer be read whole.

    Without a word that is lost it would leave more devices than were meant, or all.
    """
    words = settled(words_in(query))
    only = read_filter(words, today=date(2000, 1, 1), zone="UTC")
    if strange(words) or only.is_empty or not only.is_active:
        return None
    return frozenset(only.named_groups)
