"""Two filters of devices as one, so that the plan of a list knows both. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from fleetward.warranty.queries.grid_filter import DeviceFilter

T = TypeVar("T")
# A set without members: no group ever has this id.
NOBODY = DeviceFilter(groups=(UUID(int=0),))


class _ContradictionError(Exception):
    """Nothing can be left by both."""


def both(one: DeviceFilter, other: DeviceFilter) -> DeviceFilter | None:
    """What two filters of active devices leave; None where one filter cannot say it."""
    if (one.groups and other.groups) or (one.words and other.words and one.words != other.words):
        return None
    try:
        return replace(
            one,
            statuses=_shared(one.statuses, other.statuses),
            reasons=_shared(one.reasons, other.reasons),
            manufacturers=_shared(one.manufacturers, other.manufacturers),
            except_manufacturers=_united(one.except_manufacturers, other.except_manufacturers),
            models=_shared(one.models, other.models),
            ends_from=max((d for d in (one.ends_from, other.ends_from) if d), default=None),
            ends_to=min((d for d in (one.ends_to, other.ends_to) if d), default=None),
            is_checked=_mark(one.is_checked, other.is_checked),
            is_simulated=_mark(one.is_simulated, other.is_simulated),
            text=one.text if one.words else other.text,
            groups=one.groups or other.groups,
            conditions=_united(one.conditions, other.conditions),
        )
    except _ContradictionError:
        return NOBODY


def _shared(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    """Alternatives that both allow; none given allows all."""
    if not one or not other:
        return one or other
    kept = tuple(value for value in one if value in other)
    if not kept:
        raise _ContradictionError
    return kept


def _united(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*one, *other]))


def _mark(one: bool | None, other: bool | None) -> bool | None:
    if one is not None and other is not None and one is not other:
        raise _ContradictionError
    return other if one is None else one
