"""What a list of devices is narrowed to and ordered by, and one row of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from fleetward.warranty.contracts import Reason, Status
from fleetward.warranty.queries.grid_conditions import FIELDS, Condition, Kind, Op

DAY = timedelta(days=1)
# How the coverage table writes an end that never comes (W19).
OPEN_END = date.max
SHORTEST_SEARCH = 3


class Sort(StrEnum):
    """The orders offered; each has an index."""

    END = "end"
    NAME = "name"
    SERIAL = "serial"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Order:
    """By coverage end, a device of unknown coverage comes last in both directions.

    `is_spanning`: of the devices of several tenants, which may list the same machine.
    """

    sort: Sort = Sort.END
    is_descending: bool = False
    is_spanning: bool = False


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """All that is given must hold; several values of one field are alternatives, but all of
    `except_manufacturers` are left out.

    `text` from three characters on is looked for in serial, name, model and user; a shorter one
    begins the serial. `groups`: in any of these (E13); `selection`: in this one of the actor's own.
    Inactive devices (E10) have no coverage: its fields do not apply to them. `is_archived` parts
    them into the archived (E11) and those that are not yet.

    `dynamic` and `except_dynamic` are filled in by `grid_groups`: what those of the groups leave
    that store a filter, and those of the groups that devices are not to be in. So is `needed`: the
    groups without which nothing is left, as far as a statement has to look for them again.
    """

    statuses: tuple[Status, ...] = ()
    reasons: tuple[Reason, ...] = ()
    manufacturers: tuple[str, ...] = ()
    except_manufacturers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    ends_from: date | None = None
    ends_to: date | None = None
    is_checked: bool | None = None
    is_simulated: bool | None = None
    is_active: bool = True
    is_archived: bool | None = None
    text: str = ""
    groups: tuple[UUID, ...] = ()
    selection: UUID | None = None
    conditions: tuple[Condition, ...] = ()
    dynamic: tuple[StoredFilter, ...] = ()
    except_dynamic: tuple[StoredFilter, ...] = ()
    needed: tuple[UUID, ...] = ()

    @property
    def asks_devices(self) -> bool:
        """Whether fields of the device narrow the list."""
        is_among = self.has_sets or bool(self.except_groups)
        return bool(self.models or self.words or is_among or self.device_conditions)

    @property
    def is_tallied(self) -> bool:
        """Whether the tally knows the number: it has neither devices nor other columns."""
        is_plain = self.is_active and not self.dynamic
        return is_plain and not self.asks_devices and not self.coverage_conditions

    @property
    def device_conditions(self) -> tuple[Condition, ...]:
        """Those on columns of the device."""
        return tuple(one for one in self._on_columns if not FIELDS[one.field].of_coverage)

    @property
    def coverage_conditions(self) -> tuple[Condition, ...]:
        """Those on columns that inactive devices do not have."""
        return tuple(one for one in self._on_columns if FIELDS[one.field].of_coverage)

    @property
    def _on_columns(self) -> tuple[Condition, ...]:
        return tuple(c for c in self.conditions if c.kind not in (Kind.STATUS, Kind.GROUP))

    @property
    def wanted_statuses(self) -> frozenset[Status]:
        """Those that are asked for and that no condition leaves out; all where nothing is said."""
        wanted = frozenset(self.statuses or Status)
        for one in self.conditions:
            if one.kind is Kind.STATUS:
                named = frozenset(map(Status, one.values))
                wanted = wanted & named if one.op is Op.IS else wanted - named
        return wanted

    @property
    def except_groups(self) -> tuple[UUID, ...]:
        """The groups that devices are not to be in."""
        named = [one.values for one in self.conditions if one.kind is Kind.GROUP]
        return tuple(dict.fromkeys(UUID(uid) for values in named for uid in values))

    @property
    def named_groups(self) -> tuple[UUID, ...]:
        """All groups that it asks for, whether devices are to be in them or not."""
        return tuple(dict.fromkeys((*self.groups, *self.except_groups)))

    @property
    def has_sets(self) -> bool:
        """Whether the list is narrowed to sets of devices (`grid_sets`), and to these alone."""
        return self.has_static or self.selection is not None

    @property
    def has_static(self) -> bool:
        """Whether being a member is the only way into the groups."""
        return bool(self.groups) and not self.dynamic

    @property
    def asks_coverage(self) -> bool:
        """Whether fields of the coverage narrow the list."""
        asked = (self.reasons, self.ends_from, self.ends_to, self.coverage_conditions)
        is_marked = self.is_checked is not None or self.is_simulated is not None
        is_asked = any(asked) or is_marked or self.wanted_statuses != frozenset(Status)
        stored = (*self.dynamic, *self.except_dynamic)
        return is_asked or any(one.only.asks_coverage for one in stored)

    @property
    def words(self) -> str:
        """`text` as it can be looked for: PostgreSQL stores no NUL."""
        return self.text.replace("\0", "").strip()

    @property
    def has_text(self) -> bool:
        """Whether `text` is looked for anywhere."""
        return len(self.words) >= SHORTEST_SEARCH

    @property
    def begins_serial(self) -> bool:
        """Whether `text` is the beginning of a serial."""
        return 0 < len(self.words) < SHORTEST_SEARCH

    @property
    def is_empty(self) -> bool:
        plain = DeviceFilter(is_active=self.is_active, is_archived=self.is_archived)
        return replace(self, text=self.words) == plain


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the coverage order: days from `first` through `latest`, or the unknown."""

    first: date | None = None
    latest: date | None = None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class StoredFilter:
    """What a dynamic group leaves today (E13): its filter, and where its statuses lie."""

    only: DeviceFilter
    segments: tuple[Segment, ...]


UNKNOWN = Segment(is_unknown=True)


def segments(only: DeviceFilter, *, today: date, expiring_days: int) -> tuple[Segment, ...]:
    """Where the wanted statuses lie in the order of coverage ends (twin of `rules.coverage`).

    Statuses are ranges of days, so that an index serves them and nothing is stale at midnight.
    """
    expiring_to = today + expiring_days * DAY
    wanted = only.wanted_statuses
    dated: list[Segment] = []
    for status, first, latest in (
        (Status.OUT, None, today - DAY),
        (Status.EXPIRING, today, expiring_to),
        (Status.IN, expiring_to + DAY, None),
    ):
        if status not in wanted:
            continue
        if dated and dated[-1].latest is not None and dated[-1].latest + DAY == first:
            dated[-1] = replace(dated[-1], latest=latest)
        else:
            dated.append(Segment(first, latest))
    if only.reasons or only.is_checked is False:
        dated = []
    cut = [_cut(segment, only.ends_from, only.ends_to) for segment in dated]
    known = tuple(s for s in cut if not (s.first and s.latest and s.first > s.latest))
    has_unknown = Status.UNKNOWN in wanted and only.ends_from is None and only.ends_to is None
    return (*known, UNKNOWN) if has_unknown else known


def _cut(segment: Segment, first: date | None, latest: date | None) -> Segment:
    return Segment(
        first=max((d for d in (segment.first, first) if d), default=None),
        latest=min((d for d in (segment.latest, latest) if d), default=None),
    )


@dataclass(frozen=True, slots=True)
class Count:
    """How many devices a filter leaves; `is_capped`: at least that many."""

    number: int
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device of the grid with what its coverage amounts to. `status` None: it is inactive."""

    tenant: int
    uid: str
    manufacturer: str
    serial: str
    product_number: str
    name: str
    model: str
    assigned_user: str
    asset_tag: str
    location: str
    country: str
    purchased_on: date | None
    origin: str
    is_virtual: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime
    archived_on: date | None
    plan: str
    starts_on: date | None
    ends_on: date | None
    ships_on: date | None
    source: str
    is_simulated: bool
    checked_at: datetime | None
    attempted_at: datetime | None
    latest_error: Reason | None
    reason: Reason | None
    status: Status | None
    is_rolling: bool = False

    @property
    def in_use_from(self) -> date | None:
        """Since when it is in use, as far as anybody knows (twin of `grid_where.COMPUTED`)."""
        return self.purchased_on or self.ships_on or self.starts_on
