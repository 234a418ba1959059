"""Roles: what each may, and a tenant's own, which are made, changed and deleted (L1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router
from pydantic import ConfigDict

from fleetward.access.contracts import Capability
from fleetward.access.queries import reach_of
from fleetward.api.answers import answer, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import HAS_ETAG, call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    IfMatch,
    In,
    Out,
    change_sample,
    sample,
)
from fleetward.api.states import versioned, wanted_state, with_state
from fleetward.tenancy.contracts import Role, RoleChoice, RoleOfAnotherKind, roles_in
from fleetward.tenancy.roles import actions, queries
from fleetward.tenancy.roles.contracts import (
    DESCRIPTION_CHARACTERS,
    NAME_CHARACTERS,
    CustomRoleRow,
    RoleInput,
)

router = Router(tags=["roles"])
SOME_ROLE: dict[str, object] = {
    "name": "Warehouse",
    "description": "Imports what arrives",
    "permissions": ["IMPORT_DEVICES", "EXPORT_DEVICES"],
}
PERMISSIONS = (
    "Those of docs/reference/roles.md. Every role sees devices, warranties and notifications, and "
    "what a permission needs comes with it"
)


class RoleIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_ROLE))
    name: str = Field(max_length=NAME_CHARACTERS)
    description: str = Field("", max_length=DESCRIPTION_CHARACTERS)
    permissions: list[Capability] = Field(max_length=len(Capability), description=PERMISSIONS)


class RoleChange(In):
    """Only the fields that are given change; null is not given."""

    model_config = ConfigDict(json_schema_extra=change_sample(description="Imports and exports"))
    name: str | None = Field(None, max_length=NAME_CHARACTERS)
    description: str | None = Field(None, max_length=DESCRIPTION_CHARACTERS)
    permissions: list[Capability] | None = Field(
        None, max_length=len(Capability), description=PERMISSIONS
    )


class RoleOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(id=SOME_ID, **SOME_ROLE, members=3, updated_at=SOME_TIME)
    )
    id: UUID
    name: str
    description: str
    permissions: list[Capability] = Field(description=PERMISSIONS)
    members: int = Field(description="Users and invitations that have it")
    updated_at: datetime


class PredefinedOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(role="REPORT_ADMIN", permissions=["SEE_DEVICES", "SEE_AUDIT"])
    )
    role: Role
    permissions: list[Capability]


class RolesOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            predefined=[{"role": "REPORT_ADMIN", "permissions": ["SEE_DEVICES", "SEE_AUDIT"]}],
            own=[{"id": SOME_ID, **SOME_ROLE, "members": 3, "updated_at": SOME_TIME}],
        )
    )
    predefined: list[PredefinedOut]
    own: list[RoleOut] = Field(description="Custom roles, by name")


class Deletion(Out):
    instead: str | None = Field(
        None, description="The role that its users get: the word of a predefined one, or an id"
    )


def _json(row: CustomRoleRow) -> dict[str, object]:
    return {
        "id": row.uid,
        "name": row.name,
        "description": row.description,
        "permissions": sorted(row.permissions),
        "members": row.members,
        "updated_at": row.updated_at,
    }


def _row(caller: Caller, role_id: UUID) -> CustomRoleRow:
    return queries.get_custom_role(actor=caller.actor, tenant=caller.tenant.id, uid=role_id)


def read_role(word: str) -> RoleChoice:
    """A predefined role by its word, or a custom one by its id. Raises: RoleOfAnotherKind."""
    if word in set(Role):
        return Role(word)
    try:
        return UUID(word)
    except ValueError:
        raise RoleOfAnotherKind from None


@call(router, "GET /roles", needs=Capability.SEE_USERS, answers=RolesOut)
def list_roles(request: HttpRequest) -> HttpResponse:
    """List the predefined roles of the tenant with what each may, and its custom roles."""
    caller = caller_of(request)
    predefined = [
        {"role": word, "permissions": sorted(reach_of(str(word)))}
        for word in roles_in(caller.tenant.kind)
    ]
    own = queries.list_custom_roles(actor=caller.actor, tenant=caller.tenant.id)
    return answer({"predefined": predefined, "own": [_json(row) for row in own]})


@call(
    router,
    "POST /roles",
    needs=Capability.MANAGE_USERS,
    answers=RoleOut,
    status=201,
    problems=[409],
    extra=HAS_ETAG,
)
def create_role(request: HttpRequest, body: RoleIn, key: IdempotencyKey = None) -> HttpResponse:
    """Make a custom role. None may more than that of the token's user."""
    caller = caller_of(request)
    given = RoleInput(body.name, frozenset(body.permissions), body.description)

    def make() -> tuple[object, str]:
        uid = actions.make_role(
            actor=caller.actor, tenant=caller.tenant.id, role=given, now=caller.now
        )
        return _json(_row(caller, uid)), reverse("api:get_role", args=[uid])

    return with_state(once(request, key, make, status=201))


@call(
    router,
    "GET /roles/{uuid:role_id}",
    needs=Capability.SEE_USERS,
    answers=RoleOut,
    extra=HAS_ETAG,
)
def get_role(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """Show one custom role."""
    row = _row(caller_of(request), role_id)
    return versioned(_json(row), row.updated_at)


@call(
    router,
    "PATCH /roles/{uuid:role_id}",
    needs=Capability.MANAGE_USERS,
    answers=RoleOut,
    problems=[409, 412],
    extra=HAS_ETAG,
)
def change_role(
    request: HttpRequest, role_id: UUID, body: RoleChange, state: IfMatch = None
) -> HttpResponse:
    """Change the fields that are given; users have the role so with their next request.

    With `If-Match`, only while nobody else has changed it.
    """
    caller = caller_of(request)
    actions.change_role(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=role_id,
        changes=body.dict(exclude_none=True),
        now=caller.now,
        seen=wanted_state(state),
    )
    row = _row(caller, role_id)
    return versioned(_json(row), row.updated_at)


@call(
    router,
    "DELETE /roles/{uuid:role_id}",
    needs=Capability.MANAGE_USERS,
    status=204,
    problems=[409, 412],
)
def delete_role(
    request: HttpRequest, role_id: UUID, given: Query[Deletion], state: IfMatch = None
) -> None:
    """Delete a custom role. Whoever has it gets the role `instead`, without which it stays."""
    caller = caller_of(request)
    actions.delete_role(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=role_id,
        instead=read_role(given.instead) if given.instead else None,
        now=caller.now,
        seen=wanted_state(state),
    )
