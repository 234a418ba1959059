"""What can be done with selected devices, in every list that shows some."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from fleetward.access.contracts import Capability
from fleetward.web.components.shapes import SelectionAction, SelectionBar
from fleetward.web.components.table import Table
from fleetward.web.door import Visit

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with a selection, and the right that it needs."""

    label: StrPromise
    icon: str
    needs: Capability
    of_inactive: bool = False
    of_group: bool = False
    is_danger: bool = False


ACTIONS: dict[str, Action] = {
    "refresh": Action(gettext_lazy("Refresh warranty"), "refresh", Capability.REFRESH_WARRANTY),
    "edit": Action(gettext_lazy("Edit"), "edit", Capability.EDIT_DEVICES),
    "group": Action(gettext_lazy("Add to group"), "folder-plus", Capability.MANAGE_GROUPS),
    "ungroup": Action(
        gettext_lazy("Remove from group"), "folder-minus", Capability.MANAGE_GROUPS, of_group=True
    ),
    "export": Action(gettext_lazy("Export CSV"), "download", Capability.EXPORT_DEVICES),
    "excel": Action(gettext_lazy("Export Excel"), "file-spreadsheet", Capability.EXPORT_DEVICES),
    "transfer": Action(gettext_lazy("Transfer"), "transfer", Capability.TRANSFER_DEVICES),
    "labels": Action(gettext_lazy("Print labels"), "printer", Capability.EXPORT_DEVICES),
    "delete": Action(
        gettext_lazy("Delete"),
        "trash",
        Capability.DELETE_DEVICES,
        is_danger=True,
    ),
    "restore": Action(
        gettext_lazy("Restore"),
        "arrow-back-up",
        Capability.EDIT_DEVICES,
        of_inactive=True,
    ),
}
_ALWAYS = {"export", "excel"}


def selection_bar(
    visit: Visit,
    *,
    has_active: bool = True,
    has_inactive: bool = False,
    has_group: bool = False,
    everything: str = "",
    total: str = "",
) -> SelectionBar:
    """The bar of a list, by what it can hold. `has_group`: it is of one static group."""

    def is_offered(key: str, action: Action) -> bool:
        fits = (has_inactive if action.of_inactive else has_active) or key in _ALWAYS
        return fits and visit.may(action.needs) and (has_group or not action.of_group)

    return SelectionBar(
        actions=tuple(
            SelectionAction(key, str(action.label), action.icon, action.is_danger)
            for key, action in ACTIONS.items()
            if is_offered(key, action)
        ),
        everything=everything,
        total=total,
    )


def with_boxes(grid: Table, bar: SelectionBar) -> Table:
    """The table with a box on each row, where its reader can do something with what is ticked."""
    return replace(grid, is_selectable=bool(bar.actions))
