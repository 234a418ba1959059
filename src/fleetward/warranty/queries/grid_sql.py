"""The SQL of device lists, put together from tested pieces: conditions, orders, cursors.

Nothing here runs a statement. Values travel as named parameters only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fleetward.kernel.paging import BadCursor, decode_cursor, encode_cursor
from fleetward.warranty.contracts import Reason
from fleetward.warranty.queries.grid_filter import (
    UNKNOWN,
    DeviceFilter,
    Order,
    Segment,
    Sort,
    StoredFilter,
)
from fleetward.warranty.queries.grid_sets import except_groups_of, groups_of, sets_of
from fleetward.warranty.queries.grid_where import Where, column_conditions, pattern

DOOR = "devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s)"
_ONE_DEVICE = f"(SELECT v.* FROM {DOOR} v WHERE v.id = {{id}} OFFSET 0) d"  # noqa: S608 - constants
_ONE_COVERAGE = "(SELECT w.* FROM warranty_coverage w WHERE w.device_id = {id} OFFSET 0) c"


class Driver(StrEnum):
    """What a list is read along; the rest is looked up row by row (OFFSET keeps it so).

    ALL leaves that to the planner, for whole tables.
    """

    CANDIDATES = "CANDIDATES"
    MEMBERS = "MEMBERS"
    COVERAGE = "COVERAGE"
    DEVICES = "DEVICES"
    ALL = "ALL"


COLUMNS = """
    d.tenant_id, d.uid::text, d.manufacturer, d.serial, d.product_number, d.name, d.model,
    d.assigned_user, d.asset_tag, d.location, d.country, d.purchased_on, d.origin, d.is_virtual,
    d.is_active, d.created_at, d.updated_at, d.archived_on, d.plan, c.starts_on, c.ends_on,
    c.ships_on,
    coalesce(c.source, ''), coalesce(c.is_simulated, false), c.checked_at, c.attempted_at,
    coalesce(c.latest_error, ''), coalesce(c.reason, '')
"""
SEARCH_TEXT = "devices_search_text(d.serial, d.name, d.model, d.assigned_user)"
# The smallest string above every string that begins with a prefix, in code point order.
LAST_CODE_POINT = "\U0010ffff"
# The segments of a filter that asks for no status and no day.
EVERYWHERE = (Segment(), UNKNOWN)

_SORT_KEYS: dict[Sort, tuple[str, ...]] = {
    Sort.END: ("c.ends_on", "c.device_id"),
    Sort.NAME: ("d.name_key", "d.id"),
    Sort.SERIAL: ("d.serial", "d.manufacturer", "d.product_number"),
    Sort.MODEL: ("d.model", "d.id"),
}
_KEY_TYPES: dict[Sort, tuple[type, ...]] = {
    Sort.END: (date, int),
    Sort.NAME: (str, int),
    Sort.SERIAL: (str, str, str),
    Sort.MODEL: (str, int),
}
LARGEST_ID = 2**63 - 1


def sort_keys(order: Order) -> tuple[str, ...]:
    """What an order compares, one after another, until no two devices are alike."""
    # Several customers may list one machine.
    more = ("d.id",) if order.is_spanning and order.sort is Sort.SERIAL else ()
    return (*_SORT_KEYS[order.sort], *more)


def _key_types(order: Order) -> tuple[type, ...]:
    more = (int,) if order.is_spanning and order.sort is Sort.SERIAL else ()
    return (*_KEY_TYPES[order.sort], *more)


def source(only: DeviceFilter, driver: Driver, *, has_coverage: bool = True) -> str:
    """What the list reads. Coverage has one row for each active device, and none for others."""
    join = "JOIN" if only.is_active else "LEFT JOIN"
    if driver is Driver.COVERAGE:
        return f"warranty_coverage c CROSS JOIN LATERAL {_ONE_DEVICE.format(id='c.device_id')}"
    devices = f"{DOOR} d"
    if driver is Driver.CANDIDATES:
        devices = _each("unnest(%(candidates)s::bigint[]) f(id)")
    elif driver is Driver.MEMBERS:
        devices = _each(sets_of(only)[0].devices)
    if not has_coverage:
        return devices
    if driver is Driver.ALL:
        return f"{devices} {join} warranty_coverage c ON c.device_id = d.id"
    return f"{devices} {join} LATERAL {_ONE_COVERAGE.format(id='d.id')} ON true"


def _each(ids: str) -> str:
    return f"{ids} CROSS JOIN LATERAL {_ONE_DEVICE.format(id='f.id')}"


def conditions(
    only: DeviceFilter, *, tenant: int, driver: Driver, has_coverage: bool = True
) -> Where:
    """Everything but the coverage order's own segments and the page mark.

    Candidates were found by the text, which need not be compared again.
    """
    where = Where()
    where.add("d.tenant_id = %(tenant)s", tenant=tenant)
    _needed_condition(where, only)
    is_covered = has_coverage and only.is_active
    if is_covered:
        # Again, because the planner finds an ordered index only by a constant of its own table.
        where.add("c.tenant_id = %(tenant)s")
        _coverage_conditions(where, only)
    else:
        _state_condition(where, only)
    _manufacturer_condition(where, only, "c" if is_covered else "d")
    _model_condition(where, only)
    column_conditions(where, only.device_conditions, "d")
    if driver is not Driver.CANDIDATES:
        _text_condition(where, only)
    device = "c.device_id" if is_covered else "d.id"
    _set_conditions(where, only, device, driver)
    _except_condition(where, only, device, joins=driver is Driver.ALL)
    for number, one in enumerate(only.except_dynamic):
        stored = stored_condition(one, f"except{number}", device, has_coverage=is_covered)
        # Also where a comparison with an empty day leaves it open.
        where.add(f"({stored.text}) IS NOT TRUE", **stored.params)
    if only.dynamic:
        _any_group_condition(where, only, device, has_coverage=is_covered)
    return where


def _any_group_condition(
    where: Where, only: DeviceFilter, device: str, *, has_coverage: bool
) -> None:
    """A member of a static group, or what a dynamic one leaves."""
    static = groups_of(only)
    ways = [Where([static.holds(device, joins=True)], dict(static.params))] if only.groups else []
    ways += [
        stored_condition(one, f"stored{number}", device, has_coverage=has_coverage)
        for number, one in enumerate(only.dynamic)
    ]
    where.parts.append("(" + " OR ".join(f"({one.text})" for one in ways) + ")")
    for one in ways:
        where.params.update(one.params)


def stored_condition(
    one: StoredFilter, name: str, device: str = "d.id", *, has_coverage: bool
) -> Where:
    """Whether an active device is in a dynamic group; `has_coverage`: there is a `c` to ask."""
    only, where = one.only, Where()
    if only.asks_coverage:
        _coverage_conditions(where, only)
        if one.segments != EVERYWHERE:
            ends = within_any(one.segments)
            where.add(ends.text, **ends.params)
    _manufacturer_condition(where, only, "c" if has_coverage else "d")
    _model_condition(where, only)
    column_conditions(where, only.device_conditions, "d")
    _text_condition(where, only)
    for each in sets_of(only):
        where.add(each.holds(device, joins=True), **each.params)
    _except_condition(where, only, device, joins=True)
    return where.named(name)


def candidate_conditions(only: DeviceFilter, *, tenant: int, driver: Driver) -> Where:
    """All that is asked of the devices themselves."""
    where = Where()
    where.add("d.tenant_id = %(tenant)s", tenant=tenant)
    _needed_condition(where, only)
    _state_condition(where, only)
    _manufacturer_condition(where, only, "d")
    _model_condition(where, only)
    column_conditions(where, only.device_conditions, "d")
    _text_condition(where, only)
    _set_conditions(where, only, "d.id", driver)
    _except_condition(where, only, "d.id", joins=False)
    return where


def among_candidates(driver: Driver) -> str:
    """For a list that follows an index which has the ids of the devices."""
    device = "c.device_id" if driver is Driver.COVERAGE else "d.id"
    return f"{device} = ANY (%(candidates)s::bigint[])"


def _needed_condition(where: Where, only: DeviceFilter) -> None:
    """All groups that leave devices out are still there, as the statement itself sees it."""
    if only.needed:
        where.add(
            """(SELECT count(*) FROM devices_group g WHERE g.tenant_id = %(tenant)s
                AND g.uid = ANY (%(needed)s::uuid[])) = %(needed_count)s""",
            needed=list(only.needed),
            needed_count=len(only.needed),
        )


def _except_condition(where: Where, only: DeviceFilter, device: str, *, joins: bool) -> None:
    """No member of the static ones among the groups that devices are not to be in."""
    if only.except_groups:
        outside = except_groups_of(only)
        where.add(f"NOT {outside.holds(device, joins=joins)}", **outside.params)


def _state_condition(where: Where, only: DeviceFilter) -> None:
    """In the words of the indexes of inactive, deleted and archived devices."""
    if only.is_active:
        where.add("d.is_active")
        return
    where.add("NOT d.is_active")
    if only.is_archived is not None:
        where.add(f"d.archived_on IS {'NOT NULL' if only.is_archived else 'NULL'}")


def _coverage_conditions(where: Where, only: DeviceFilter) -> None:
    if only.reasons:
        where.add("c.reason = ANY (%(reasons)s::text[])", reasons=[str(r) for r in only.reasons])
    if only.is_checked is not None:
        sign = "<>" if only.is_checked else "="
        where.add(f"c.reason {sign} %(unchecked)s", unchecked=str(Reason.NOT_CHECKED))
    if only.is_simulated is not None:
        where.add("c.is_simulated = %(is_simulated)s", is_simulated=only.is_simulated)
    column_conditions(where, only.coverage_conditions, "c")


def _manufacturer_condition(where: Where, only: DeviceFilter, table: str) -> None:
    if len(only.manufacturers) == 1:
        # An equality keeps the order of the index behind it; ANY does not.
        where.add(f"{table}.manufacturer = %(manufacturer)s", manufacturer=only.manufacturers[0])
    elif only.manufacturers:
        where.add(
            f"{table}.manufacturer = ANY (%(manufacturers)s::text[])",
            manufacturers=list(only.manufacturers),
        )
    if only.except_manufacturers:
        where.add(
            f"{table}.manufacturer <> ALL (%(except_manufacturers)s::text[])",
            except_manufacturers=list(only.except_manufacturers),
        )


def _model_condition(where: Where, only: DeviceFilter) -> None:
    if only.models:
        where.add("d.model = ANY (%(models)s::text[])", models=list(only.models))


def _set_conditions(where: Where, only: DeviceFilter, device: str, driver: Driver) -> None:
    for number, one in enumerate(sets_of(only)):
        where.params.update(one.params)
        # The list is read along the first set, which need not be compared again.
        if number or driver is not Driver.MEMBERS:
            where.add(one.holds(device, joins=driver is Driver.ALL))


def _text_condition(where: Where, only: DeviceFilter) -> None:
    if only.has_text:
        where.add(f"{SEARCH_TEXT} LIKE %(pattern)s", pattern=pattern(only.words))
    elif only.begins_serial:
        first = only.words.upper()
        # A range, because LIKE is not leakproof and finds no index below row-level security.
        where.add(
            "d.serial >= %(prefix)s AND d.serial < %(prefix_end)s",
            prefix=first,
            prefix_end=first + LAST_CODE_POINT,
        )


def within(segment: Segment, number: int = 0) -> Where:
    """The condition of one segment; `number` keeps the parameters of several apart."""
    where = Where()
    if segment.is_unknown:
        where.add("c.ends_on IS NULL")
        return where
    if segment.first is None and segment.latest is None:
        where.add("c.ends_on IS NOT NULL")
    if segment.first is not None:
        where.add(f"c.ends_on >= %(first_{number})s", **{f"first_{number}": segment.first})
    if segment.latest is not None:
        where.add(f"c.ends_on <= %(latest_{number})s", **{f"latest_{number}": segment.latest})
    return where


def within_any(wanted: Sequence[Segment]) -> Where:
    """The condition of several segments together."""
    where = Where()
    each = [within(segment, number) for number, segment in enumerate(wanted)]
    params: dict[str, object] = {}
    for one in each:
        params |= one.params
    where.add("(" + (" OR ".join(f"({one.text})" for one in each) or "false") + ")", **params)
    return where


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in an order: the sort values of the row beside which a page begins."""

    values: tuple[str | int | date | None, ...]
    is_after: bool = True


def read_mark(cursor: str | None, order: Order) -> Mark | None:
    """The place that a cursor of this order stands for. Raises: BadCursor."""
    if not cursor:
        return None
    types = _key_types(order)
    side, word, *values = decode_cursor(cursor, 2 + len(types))
    if word != _word(order) or side not in ("after", "before"):
        raise BadCursor
    read = tuple(_read(v, t) for v, t in zip(values, types, strict=True))
    return Mark(read, is_after=side == "after")


def write_mark(values: Sequence[object], order: Order, *, is_after: bool) -> str:
    return encode_cursor(["after" if is_after else "before", _word(order), *values])


def _word(order: Order) -> str:
    return f"-{order.sort}" if order.is_descending else str(order.sort)


def _read(value: str | int | None, kind: type) -> str | int | date | None:
    if kind is date:
        try:
            return None if value is None else date.fromisoformat(str(value))
        except ValueError:
            raise BadCursor from None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadCursor
    if isinstance(value, int) and abs(value) > LARGEST_ID:
        raise BadCursor
    return value


def beyond(order: Order, mark: Mark, *, in_unknown: bool = False) -> Where:
    """The rows beyond a mark. In the unknown segment the device alone orders."""
    keys, values = sort_keys(order), mark.values
    if in_unknown:
        keys, values = keys[1:], values[1:]
    return _compared(keys, "<" if goes_down(order, mark) else ">", values, "mark")


def until(order: Order, mark: Mark, *, in_unknown: bool = False) -> Where:
    """The rows up to a mark and the one at it, in the direction of reading."""
    keys, values = sort_keys(order), mark.values
    if in_unknown:
        keys, values = keys[1:], values[1:]
    return _compared(keys, ">=" if goes_down(order, mark) else "<=", values, "end")


def _compared(keys: Sequence[str], sign: str, values: Sequence[object], name: str) -> Where:
    where = Where()
    names = [f"{name}_{n}" for n in range(len(keys))]
    places = ", ".join(f"%({one})s" for one in names)
    where.add(f"({', '.join(keys)}) {sign} ({places})", **dict(zip(names, values, strict=True)))
    return where


def goes_down(order: Order, mark: Mark | None) -> bool:
    """Whether this reading goes against the index: descending, or backwards, but not both."""
    return order.is_descending is (mark is None or mark.is_after)


def order_by(order: Order, mark: Mark | None) -> str:
    return _directed(sort_keys(order), order, mark)


def order_by_names(order: Order, mark: Mark | None) -> str:
    """The same in the names that `named_keys` gives."""
    return _directed([f"key_{n}" for n in range(len(sort_keys(order)))], order, mark)


def named_keys(order: Order) -> str:
    """What an order compares, as columns of the list."""
    return ", ".join(f"{key} AS key_{n}" for n, key in enumerate(sort_keys(order)))


def _directed(keys: Sequence[str], order: Order, mark: Mark | None) -> str:
    direction = " DESC" if goes_down(order, mark) else ""
    return ", ".join(key + direction for key in keys)
