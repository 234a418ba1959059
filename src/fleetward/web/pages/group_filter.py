"""The groups that a page about devices is narrowed to, as its address says (E13)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from fleetward.devices.queries.groups import list_groups
from fleetward.warranty.queries.grid_words import GROUP, read_uids
from fleetward.web.components.shapes import Chip, Filter, FilterBar, Option
from fleetward.web.door import Visit

Words = Sequence[tuple[str, str]]


def groups_in(visit: Visit) -> tuple[UUID, ...]:
    """The groups in the address; what is no group's name is left out."""
    return read_uids(visit.request.GET.getlist(GROUP))


def words_of(groups: Sequence[UUID]) -> list[tuple[str, str]]:
    """Groups as an address holds them."""
    return [(GROUP, str(uid)) for uid in groups]


def group_bar(visit: Visit, groups: Sequence[UUID], *kept: tuple[str, str]) -> FilterBar | None:
    """The filter by group of a page; None where there is nothing to choose and nothing chosen.

    `kept`: the other words of the address.
    """
    known = list_groups(actor=visit.actor, tenant=visit.tenant.id)
    if not known and not groups:
        return None
    here, others = visit.request.path, [(name, word) for name, word in kept if word]
    names = {group.uid: group.name for group in known}
    chips = [
        Chip(
            _("Group"),
            names.get(uid) or _("Deleted group"),
            _address(here, [*others, *words_of([one for one in groups if one != uid])]),
        )
        for uid in groups
    ]
    options = tuple(Option(str(one.uid), one.name, one.uid in groups) for one in known)
    return FilterBar(
        action=here,
        filters=(Filter(GROUP, _("Group"), options),) if options else (),
        chips=tuple(chips),
        clear_href=_address(here, others) if len(chips) > 1 else "",
        kept=tuple(others),
    )


def _address(path: str, words: Words) -> str:
    return f"{path}?{urlencode(words)}" if words else path
