"""What a group is, as its pages show it: kind, filter in words, number of devices, its list."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from fleetward.devices.contracts import GroupKind, GroupRow
from fleetward.devices.queries.groups import list_groups
from fleetward.infra.tx import tenant_scope
from fleetward.warranty.queries.grid_filter import Count
from fleetward.warranty.queries.group_counts import count_groups
from fleetward.warranty.schedules.queries import GroupUses, uses_of_group
from fleetward.web.components import cells
from fleetward.web.components.shapes import Tone
from fleetward.web.door import Visit
from fleetward.web.pages.devices_asked import asked_by
from fleetward.web.pages.devices_chips import words_of
from fleetward.web.pages.devices_filter import FOR_GROUP
from fleetward.web.pages.devices_list import told

KINDS = {
    GroupKind.STATIC: (gettext_lazy("Static"), Tone.QUIET, "folder"),
    GroupKind.DYNAMIC: (gettext_lazy("Dynamic"), Tone.INFO, "filter"),
}


@dataclass(frozen=True, slots=True)
class GroupView:
    """What a group is: its kind, a dynamic one's filter in words, how many devices it has, and what
    asks for it.
    """

    kind: SafeString
    words: SafeString
    count: str
    list_href: str = ""
    filter_href: str = ""
    is_dynamic: bool = False
    uses: GroupUses | None = None


def view_of(visit: Visit, row: GroupRow) -> GroupView:
    """A group that is there."""
    with tenant_scope(visit.actor.tenants):
        rows = list_groups(actor=visit.actor, tenant=visit.tenant.id)
        count = counts_of(visit, [row.uid])[row.uid]
        uses = uses_of_group(actor=visit.actor, tenant=visit.tenant.id, uid=row.uid)
    is_dynamic = row.kind is GroupKind.DYNAMIC
    return GroupView(
        kind=kind_html(row.kind),
        words=words_html(visit, row.query, rows),
        count=told(count),
        list_href=list_href(visit, group=str(row.uid)),
        filter_href=filter_href(visit, row.uid, row.query) if is_dynamic else "",
        is_dynamic=is_dynamic,
        uses=uses,
    )


def view_to_be(visit: Visit, query: str) -> GroupView:
    """The dynamic group that a filter would be."""
    rows = list_groups(actor=visit.actor, tenant=visit.tenant.id)
    wanted = asked_by(visit, QueryDict(query))
    return GroupView(
        kind=kind_html(GroupKind.DYNAMIC),
        words=words_html(visit, query, rows),
        count=told(wanted.count(wanted.only)),
        is_dynamic=True,
    )


def kind_html(kind: GroupKind) -> SafeString:
    label, tone, icon = KINDS[kind]
    return cells.badge_html(label, tone, icon)


def words_html(visit: Visit, query: str, rows: Sequence[GroupRow]) -> SafeString:
    """A filter as the list's own chips say it; `rows` are all groups, which it may name."""
    return cells.chips_html(words_of(asked_by(visit, QueryDict(query)), rows))


def counts_of(visit: Visit, uids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Count]:
    return count_groups(
        actor=visit.actor,
        tenant=visit.tenant.id,
        uids=uids,
        today=visit.today,
        expiring_days=visit.tenant.settings.expiring_days,
    )


def filter_href(visit: Visit, uid: uuid.UUID, query: str) -> str:
    """The list with a filter that is to be that of a group."""
    return f"{list_href(visit, **{FOR_GROUP: str(uid)})}&{query}"


def list_href(visit: Visit, **words: str) -> str:
    """The device list with these words."""
    home = reverse("devices", args=[visit.tenant.customer_id])
    return f"{home}?{urlencode(words)}"
