"""Groups of devices (E13): list, make, change, delete, put devices in and take them out.

A dynamic group is one that was made with a filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router
from pydantic import ConfigDict, model_validator

from fleetward.access.contracts import Capability
from fleetward.api.answers import listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    IfMatch,
    In,
    Out,
    PageOut,
    Paging,
    change_sample,
    sample,
)
from fleetward.api.states import versioned, wanted_state, with_state
from fleetward.api.v1.bulk_schemas import BulkChangeOut
from fleetward.api.v1.bulk_starting import begun
from fleetward.api.v1.selection_schemas import SelectionFilter
from fleetward.devices.actions import change_group as change
from fleetward.devices.actions import delete_group as delete
from fleetward.devices.actions import make_group
from fleetward.devices.bulk.contracts import BulkKind
from fleetward.devices.contracts import (
    GROUP_DESCRIPTION_CHARACTERS,
    GROUP_NAME_CHARACTERS,
    GroupKind,
    GroupRow,
)
from fleetward.devices.queries import groups as queries
from fleetward.warranty.actions.grouping import change_dynamic_group, make_dynamic_group
from fleetward.warranty.queries.group_counts import count_groups

router = Router(tags=["groups"])
SOME_GROUP: dict[str, object] = {"name": "Lyon", "description": "All that stands in Lyon"}


class NewGroup(In):
    """With a `filter` or its `query` the group is dynamic: it has whatever that leaves."""

    model_config = ConfigDict(json_schema_extra=sample(**SOME_GROUP))
    name: str = Field(max_length=GROUP_NAME_CHARACTERS)
    description: str = Field("", max_length=GROUP_DESCRIPTION_CHARACTERS)
    filter: SelectionFilter | None = Field(
        None, description="Of a dynamic group; it asks for active devices and no dynamic group"
    )
    query: str | None = Field(
        None, description="The same as the address of the device list holds it, as groups show it"
    )

    @model_validator(mode="after")
    def _one_at_most(self) -> Self:
        if self.filter is not None and self.query is not None:
            raise ValueError("Give either filter or query")
        return self

    @property
    def stored(self) -> str | None:
        """The filter that is given, as it is stored."""
        return self.query if self.filter is None else self.filter.address()

    @property
    def named(self) -> dict[str, str]:
        """The other fields that are given."""
        return self.dict(exclude_unset=True, include={"name", "description"})


class GroupChange(NewGroup):
    """Only the fields that are given change. A group stays of its kind."""

    model_config = ConfigDict(json_schema_extra=change_sample(name="Lyon and Grenoble"))
    name: str = Field("", max_length=GROUP_NAME_CHARACTERS)


class GroupOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            kind="STATIC",
            **SOME_GROUP,
            query="",
            devices=240,
            has_more=False,
            created_at=SOME_TIME,
            updated_at=SOME_TIME,
        )
    )
    id: UUID
    kind: GroupKind
    name: str
    description: str
    query: str = Field(
        description="The filter of a dynamic group, as the address of the device list holds it"
    )
    devices: int = Field(
        description="Its active devices in sight. Counted up to 10,000, unless counters know more"
    )
    has_more: bool = Field(description="Whether there are more of them than that")
    created_at: datetime
    updated_at: datetime


class GroupPage(PageOut):
    items: list[GroupOut]


class MembersIn(In):
    model_config = ConfigDict(json_schema_extra=sample(selection_id=SOME_ID))
    selection_id: UUID = Field(description="The devices, by the `id` of a selection of one's own")


def _json(caller: Caller, rows: Sequence[GroupRow]) -> list[dict[str, object]]:
    counts = count_groups(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uids=[row.uid for row in rows],
        today=caller.today,
        expiring_days=caller.expiring_days,
    )
    return [
        {
            "id": row.uid,
            "kind": row.kind,
            "name": row.name,
            "description": row.description,
            "query": row.query,
            "devices": counts[row.uid].number,
            "has_more": counts[row.uid].is_capped,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in rows
    ]


def _shown(caller: Caller, group_id: UUID) -> dict[str, object]:
    return _json(caller, [_row(caller, group_id)])[0]


def _row(caller: Caller, group_id: UUID) -> GroupRow:
    return queries.get_group(actor=caller.actor, tenant=caller.tenant.id, uid=group_id)


def _versioned(caller: Caller, group_id: UUID) -> HttpResponse:
    """A group as it stands now, with its state."""
    row = _row(caller, group_id)
    return versioned(_json(caller, [row])[0], row.updated_at)


@call(router, "GET /groups", needs=Capability.SEE_DEVICES, answers=GroupPage)
def list_groups(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the groups of the tenant, by name."""
    caller = caller_of(request)
    page = queries.page_groups(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(_json(caller, page.rows), page)


@call(
    router,
    "GET /groups/{uuid:group_id}",
    needs=Capability.SEE_DEVICES,
    answers=GroupOut,
    extra=HAS_ETAG,
)
def get_group(request: HttpRequest, group_id: UUID) -> HttpResponse:
    """Show one group. `GET /devices?group=` lists its devices."""
    return _versioned(caller_of(request), group_id)


@call(
    router,
    "POST /groups",
    needs=Capability.MANAGE_GROUPS,
    answers=GroupOut,
    status=201,
    problems=[409],
    extra=HAS_ETAG,
)
def create_group(request: HttpRequest, body: NewGroup, key: IdempotencyKey = None) -> HttpResponse:
    """Make an empty group, or a dynamic one; a name is there once, whatever its case."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        uid = _made(caller, body)
        return _shown(caller, uid), reverse("api:get_group", args=[uid])

    return with_state(once(request, key, make))


def _made(caller: Caller, body: NewGroup) -> UUID:
    actor, tenant, query = caller.actor, caller.tenant.id, body.stored
    if query is None:
        return make_group(actor=actor, tenant=tenant, now=caller.now, **body.named)
    return make_dynamic_group(actor=actor, tenant=tenant, query=query, now=caller.now, **body.named)


@call(
    router,
    "PATCH /groups/{uuid:group_id}",
    needs=Capability.MANAGE_GROUPS,
    answers=GroupOut,
    problems=[409, 412],
    extra=HAS_ETAG,
)
def change_group(
    request: HttpRequest, group_id: UUID, body: GroupChange, state: IfMatch = None
) -> HttpResponse:
    """Change the fields that are given; with `If-Match`, only while nobody else has changed it.

    Devices that come and go leave its state as it is.
    """
    caller = caller_of(request)
    actor, tenant, query, seen = caller.actor, caller.tenant.id, body.stored, wanted_state(state)
    if query is None:
        change(actor=actor, tenant=tenant, uid=group_id, now=caller.now, seen=seen, **body.named)
    else:
        change_dynamic_group(
            actor=actor,
            tenant=tenant,
            uid=group_id,
            query=query,
            now=caller.now,
            seen=seen,
            **body.named,
        )
    return _versioned(caller, group_id)


@call(
    router,
    "DELETE /groups/{uuid:group_id}",
    needs=Capability.MANAGE_GROUPS,
    status=204,
    problems=[412],
)
def delete_group(request: HttpRequest, group_id: UUID, state: IfMatch = None) -> None:
    """Delete a group; its devices stay. With `If-Match`, only while nobody else has changed it."""
    caller = caller_of(request)
    delete(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=group_id,
        now=caller.now,
        seen=wanted_state(state),
    )


@call(
    router,
    "POST /groups/{uuid:group_id}/add",
    needs=Capability.MANAGE_GROUPS,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def add_to_group(
    request: HttpRequest, group_id: UUID, body: MembersIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Put the devices of a selection into a static group."""
    params = {"group": str(group_id)}
    return begun(request, key, BulkKind.GROUP_ADD, body.selection_id, params)


@call(
    router,
    "POST /groups/{uuid:group_id}/remove",
    needs=Capability.MANAGE_GROUPS,
    answers=BulkChangeOut,
    status=202,
    problems=[409],
)
def remove_from_group(
    request: HttpRequest, group_id: UUID, body: MembersIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Take the devices of a selection out of a static group."""
    params = {"group": str(group_id)}
    return begun(request, key, BulkKind.GROUP_REMOVE, body.selection_id, params)
