"""The SQL of sets that devices are put into: static groups (E13), and a user's own selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleetward.warranty.queries.grid_filter import DeviceFilter


@dataclass(frozen=True, slots=True)
class DeviceSet:
    """Rows of `table`, each a device of a set; `ids` finds the sets that are asked for.

    An array of ids, because the planner then looks members up by key and does not join them all.
    """

    table: str
    key: str
    ids: str
    params: Mapping[str, object]
    is_one: bool

    @property
    def devices(self) -> str:
        """The id of each device in one of the sets, once."""
        distinct = "" if self.is_one else "DISTINCT"
        return f"(SELECT {distinct} m.device_id FROM {self._members}) f(id)"  # noqa: S608 - constants

    def holds(self, device: str, *, joins: bool = False) -> str:
        """Whether a device is in one of the sets: looked up (OFFSET), or left to be joined."""
        kept = "" if joins else "OFFSET 0"
        return f"EXISTS (SELECT FROM {self._members} AND m.device_id = {device} {kept})"

    @property
    def _members(self) -> str:
        return f"{self.table} m WHERE m.{self.key} = ANY (ARRAY({self.ids})::bigint[])"


_GROUPS = """
    SELECT g.id FROM devices_group g
    WHERE g.tenant_id = %(tenant)s AND g.uid = ANY (%(groups)s::uuid[])
"""
_EXCEPT_GROUPS = """
    SELECT g.id FROM devices_group g
    WHERE g.tenant_id = %(tenant)s AND g.uid = ANY (%(except_groups)s::uuid[])
"""
_SELECTION = """
    SELECT s.id FROM devices_selection s
    WHERE s.tenant_id = %(tenant)s AND s.uid = %(selection)s::uuid AND s.user_id = %(user)s
"""


def groups_of(only: DeviceFilter) -> DeviceSet:
    """The members of the groups that a filter names. Dynamic ones have none."""
    is_one = len(only.groups) == 1
    params: dict[str, object] = {"groups": list(only.groups)}
    return DeviceSet("devices_groupmember", "group_id", _GROUPS, params, is_one=is_one)


def except_groups_of(only: DeviceFilter) -> DeviceSet:
    """The members of the groups that devices are not to be in. Dynamic ones have none."""
    params: dict[str, object] = {"except_groups": list(only.except_groups)}
    return DeviceSet("devices_groupmember", "group_id", _EXCEPT_GROUPS, params, is_one=False)


def sets_of(only: DeviceFilter) -> list[DeviceSet]:
    """What a filter asks for; the first is what a list is read along."""
    found = []
    if only.selection is not None:
        params: dict[str, object] = {"selection": only.selection}
        found.append(
            DeviceSet("devices_selectionitem", "selection_id", _SELECTION, params, is_one=True)
        )
    if only.has_static:
        found.append(groups_of(only))
    return found
