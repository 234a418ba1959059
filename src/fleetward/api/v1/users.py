"""Users of a tenant: list them, let them in or only note them, change and remove them (L2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router
from pydantic import ConfigDict, StrictBool

from fleetward.access.contracts import Capability
from fleetward.api.answers import answer, listed, once
from fleetward.api.auth import Caller, caller_of
from fleetward.api.calls import call
from fleetward.api.schemas import (
    SOME_ID,
    SOME_TIME,
    IdempotencyKey,
    In,
    Out,
    PageOut,
    Paging,
    change_sample,
    sample,
)
from fleetward.api.v1.roles import read_role
from fleetward.identity.queries import get_user
from fleetward.kernel.errors import NotFound
from fleetward.tenancy.actions import change_member, remove_member
from fleetward.tenancy.contracts import MemberRow
from fleetward.tenancy.people.actions import give_access, let_in_person, list_person
from fleetward.tenancy.people.contracts import Person
from fleetward.tenancy.queries import list_members, page_of_members

router = Router(tags=["users"])
ROLE = "The word of a predefined role, or the id of a custom one"
SOME_USER: dict[str, object] = {"email": "ada@example.org", "name": "Ada Lovelace"}


class UserIn(In):
    model_config = ConfigDict(json_schema_extra=sample(**SOME_USER, role="REPORT_ADMIN"))
    email: str = Field(max_length=254)
    name: str = Field("", max_length=120, description="Of a new account")
    role: str | None = Field(
        None, max_length=60, description=f"{ROLE}; null notes somebody who has no access"
    )


class UserChange(In):
    """Only the fields that are given change; null is not given."""

    model_config = ConfigDict(json_schema_extra=change_sample(is_active=False))
    role: str | None = Field(None, max_length=60, description=ROLE)
    is_active: StrictBool | None = None


class UserAccessIn(In):
    model_config = ConfigDict(json_schema_extra=sample(role="DEVICE_ADMIN"))
    role: str = Field(max_length=60, description=ROLE)


class UserOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(
            id=SOME_ID,
            **SOME_USER,
            role="REPORT_ADMIN",
            is_active=True,
            has_access=True,
            joined_at=SOME_TIME,
            signed_in_at=None,
        )
    )
    id: UUID
    email: str
    name: str
    role: str | None = Field(description=f"{ROLE}; null without access")
    is_active: bool
    has_access: bool = Field(description="Whether the user may sign in here")
    joined_at: datetime
    signed_in_at: datetime | None = Field(description="null: *Inactive* until the first sign-in")


class UserPage(PageOut):
    items: list[UserOut]


class LetInOut(Out):
    model_config = ConfigDict(
        json_schema_extra=sample(id=SOME_ID, email="ada@example.org", is_invited=False)
    )
    id: UUID
    email: str
    is_invited: bool = Field(
        description="The address has an account: whoever has it is asked, and no user before"
    )


def _json(row: MemberRow) -> dict[str, object]:
    role = row.custom.uid if row.custom else str(row.role)
    return {
        "id": row.uid,
        "email": row.email,
        "name": row.name,
        "role": role if row.has_access else None,
        "is_active": row.is_active,
        "has_access": row.has_access,
        "joined_at": row.joined_at,
        "signed_in_at": row.signed_in_at,
    }


def _row(caller: Caller, user_id: UUID) -> MemberRow:
    for row in list_members(actor=caller.actor, tenant=caller.tenant.id):
        if row.uid == str(user_id):
            return row
    raise NotFound


@call(router, "GET /users", needs=Capability.SEE_USERS, answers=UserPage)
def list_users(request: HttpRequest, paging: Query[Paging]) -> HttpResponse:
    """List the users of the tenant as they came, those without access among them."""
    caller = caller_of(request)
    page = page_of_members(
        actor=caller.actor, tenant=caller.tenant.id, cursor=paging.cursor, limit=paging.limit
    )
    return listed(map(_json, page.rows), page)


@call(
    router,
    "POST /users",
    needs=Capability.MANAGE_USERS,
    answers=LetInOut,
    status=201,
    problems=[409],
)
def create_user(request: HttpRequest, body: UserIn, key: IdempotencyKey = None) -> HttpResponse:
    """Let a user in, or note somebody who has no access.

    A new account gets a mail with the link to a password. An account that is there already is
    invited by mail. Without a mail server an admin passes the link on, from the page of the users.
    """
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        made = _noted(caller, body) if body.role is None else _let_in(caller, body)
        return made, reverse("api:list_users")

    return once(request, key, make, status=201)


def _noted(caller: Caller, body: UserIn) -> dict[str, object]:
    uid = list_person(
        actor=caller.actor,
        tenant=caller.tenant.id,
        person=Person(0, body.email, body.name),
        now=caller.now,
    )
    return _told(uid, body.email.lower(), is_new=True)


def _let_in(caller: Caller, body: UserIn) -> dict[str, object]:
    let_in = let_in_person(
        actor=caller.actor,
        tenant=caller.tenant.id,
        person=Person(0, body.email, body.name),
        role=read_role(body.role or ""),
        now=caller.now,
    )
    uid = get_user(let_in.user_id).uid
    return _told(uid, let_in.email, is_new=let_in.is_new_account)


def _told(uid: str, email: str, *, is_new: bool) -> dict[str, object]:
    return {"id": uid, "email": email, "is_invited": not is_new}


@call(
    router,
    "PATCH /users/{uuid:user_id}",
    needs=Capability.MANAGE_USERS,
    answers=UserOut,
    problems=[409],
)
def change_user(request: HttpRequest, user_id: UUID, body: UserChange) -> HttpResponse:
    """Give a user another role, or disable or enable the user; with effect at the next request."""
    caller = caller_of(request)
    change_member(
        actor=caller.actor,
        tenant=caller.tenant.id,
        uid=str(user_id),
        role=None if body.role is None else read_role(body.role),
        is_active=body.is_active,
        now=caller.now,
    )
    return answer(_json(_row(caller, user_id)))


@call(
    router,
    "DELETE /users/{uuid:user_id}",
    needs=Capability.MANAGE_USERS,
    status=204,
    problems=[409],
)
def delete_user(request: HttpRequest, user_id: UUID) -> None:
    """Let a user out of the tenant. The account stays, and so does what the logs tell."""
    caller = caller_of(request)
    remove_member(actor=caller.actor, tenant=caller.tenant.id, uid=str(user_id), now=caller.now)


@call(
    router,
    "POST /users/{uuid:user_id}/access",
    needs=Capability.MANAGE_USERS,
    answers=LetInOut,
    problems=[409],
)
def give_user_access(
    request: HttpRequest, user_id: UUID, body: UserAccessIn, key: IdempotencyKey = None
) -> HttpResponse:
    """Give access to somebody who was only noted, by a mail as for a new user."""
    caller = caller_of(request)

    def make() -> tuple[object, str]:
        let_in = give_access(
            actor=caller.actor,
            tenant=caller.tenant.id,
            uid=str(user_id),
            role=read_role(body.role),
            now=caller.now,
        )
        return _told(str(user_id), let_in.email, is_new=let_in.is_new_account), ""

    return once(request, key, make, status=200)
