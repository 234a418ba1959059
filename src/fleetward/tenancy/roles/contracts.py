"""Custom roles as others see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from fleetward.kernel.errors import Conflict, Invalid
from fleetward.kernel.rights import Capability
from fleetward.tenancy.contracts import Role, TenantKind

NAME_CHARACTERS, DESCRIPTION_CHARACTERS = 60, 200
MOST_ROLES = 50
# The word of a custom role in each kind of tenant that has some.
WORDS: Mapping[TenantKind, Role] = {
    TenantKind.CUSTOMER: Role.CUSTOM,
    TenantKind.PARTNER: Role.PARTNER_CUSTOM,
}


@dataclass(frozen=True, slots=True)
class RoleInput:
    """What people say of a custom role. What a permission needs comes with it."""

    name: str
    permissions: frozenset[Capability]
    description: str = ""


@dataclass(frozen=True, slots=True)
class CustomRoleRow:
    """A custom role. `members`: users and invitations that have it."""

    uid: str
    name: str
    description: str
    permissions: frozenset[Capability]
    members: int
    updated_at: datetime


@dataclass(eq=False)
class BadRole(Invalid):
    """`name` is the field, `problem` what is wrong with it."""

    name: str
    problem: str

    code: ClassVar[str] = "bad_role"
    text: ClassVar[str] = "{name}: {problem}."
    fix: ClassVar[str] = "Correct the value and send it again."


class RoleNameTaken(Conflict):
    code: ClassVar[str] = "role_name_taken"
    text: ClassVar[str] = "There is a role of this name already."
    fix: ClassVar[str] = "Choose another name, or change that role."


class TooManyRoles(Conflict):
    code: ClassVar[str] = "too_many_roles"
    text: ClassVar[str] = "A tenant has at most 50 custom roles."
    fix: ClassVar[str] = "Delete one that nobody needs."


class RoleInUse(Conflict):
    code: ClassVar[str] = "role_in_use"
    text: ClassVar[str] = "Users or invitations have this role."
    fix: ClassVar[str] = "Say which role they have instead."
