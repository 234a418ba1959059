"""Tenants, members and their settings as others see them."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from fleetward.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class TenantKind(StrEnum):
    VENDOR = "VENDOR"
    PARTNER = "PARTNER"
    HOLDING = "HOLDING"
    CUSTOMER = "CUSTOMER"


class Region(StrEnum):
    US = "US"
    EU = "EU"


class Role(StrEnum):
    """Roles of members (L1). What each may do is the matrix in `access.rules`.

    Those of partners are of a partner's own tenant; `rules.managing_role` and `rules.holding_role`
    say what their holders are in the tenants of its customers, and in its holding tenant. Operators
    are members of the installation's one vendor tenant. Of a custom role the tenant's own list has
    the permissions (`tenancy.roles`).
    """

    IT_ADMIN = "IT_ADMIN"
    DEVICE_ADMIN = "DEVICE_ADMIN"
    CONNECTOR_ADMIN = "CONNECTOR_ADMIN"
    DEVELOPER = "DEVELOPER"
    REPORT_ADMIN = "REPORT_ADMIN"
    PARTNER_ADMIN = "PARTNER_ADMIN"
    PARTNER_SERVICE = "PARTNER_SERVICE"
    CUSTOM = "CUSTOM"
    PARTNER_CUSTOM = "PARTNER_CUSTOM"
    OPERATOR = "OPERATOR"


PARTNER_ROLES = (Role.PARTNER_ADMIN, Role.PARTNER_SERVICE)
CUSTOMER_ROLES = (
    Role.IT_ADMIN,
    Role.DEVICE_ADMIN,
    Role.CONNECTOR_ADMIN,
    Role.DEVELOPER,
    Role.REPORT_ADMIN,
)
CUSTOM_ROLES = (Role.CUSTOM, Role.PARTNER_CUSTOM)
# A role of those above, or a custom one by its uid.
RoleChoice = Role | UUID
# Who keeps a tenant open to others; each has at least one of them.
ADMIN_ROLES = (Role.IT_ADMIN, Role.PARTNER_ADMIN, Role.OPERATOR)
_ROLES_IN = {
    TenantKind.VENDOR: (Role.OPERATOR,),
    TenantKind.PARTNER: PARTNER_ROLES,
    # Its owner's users are there by what they are at their own company.
    TenantKind.HOLDING: (),
    TenantKind.CUSTOMER: CUSTOMER_ROLES,
}


def roles_in(kind: TenantKind) -> tuple[Role, ...]:
    """The predefined roles that members of a tenant can have."""
    return _ROLES_IN[kind]


class ManagingRole(StrEnum):
    """What users of an accepted managing partner are in the tenant of a customer (T3)."""

    MANAGING_ADMIN = "MANAGING_ADMIN"
    MANAGING_SPECIALIST = "MANAGING_SPECIALIST"
    MANAGING_CUSTOM = "MANAGING_CUSTOM"


class HoldingRole(StrEnum):
    """What users of a partner are in its holding tenant, while one of them is certified (T8)."""

    HOLDING_ADMIN = "HOLDING_ADMIN"
    HOLDING_SPECIALIST = "HOLDING_SPECIALIST"
    # Followed by the permissions of the custom role at the partner.
    HOLDING_CUSTOM = "HOLDING_CUSTOM"


class RelationState(StrEnum):
    """Of a customer and the partner that made it. The latter two are over (T2, T3)."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    ENDED = "ENDED"


class LicenceState(StrEnum):
    """Of a tenant (L3). UNLIMITED: it has no licence key, and any number of devices.

    OVERENROLLED: more devices than live seats; all works. SUSPENDED: all keys have ended, and
    nothing can be added before there is a new one.
    """

    UNLIMITED = "UNLIMITED"
    OK = "OK"
    OVERENROLLED = "OVERENROLLED"
    SUSPENDED = "SUSPENDED"


# After so many days deleted devices are archived; 0 is never (E10).
ARCHIVE_DAYS = (0, 30, 45, 60, 90)


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """What a tenant can set for itself. `expiring_days`: how far ahead Expiring begins (W10).

    `has_scheduled_runs`: devices are looked up again by themselves (W7). `reminder_days`: how many
    days before the end of coverage somebody is reminded (S9). `archive_days`: after how many days a
    deleted device is archived, 0 for never (E10).
    """

    time_zone: str = "UTC"
    language: str = "en"
    expiring_days: int = 180
    has_scheduled_runs: bool = True
    reminder_days: tuple[int, ...] = (90, 30, 7)
    archive_days: int = 90


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant. `id` is internal; the Customer ID is what users see and URLs hold (T1).

    `owner`: of a holding tenant, its partner. `plan`: that of its devices. `licensed_until`: the
    last day of its last licence key, None without any. `licence`: what its admins were told last.
    """

    id: int
    customer_id: str
    name: str
    kind: TenantKind
    region: Region
    settings: TenantSettings
    allows_passwords: bool = True
    owner: int | None = None
    plan: str = "STANDARD"
    licensed_until: date | None = None
    licence: LicenceState = LicenceState.UNLIMITED

    def is_suspended(self, today: date) -> bool:
        """Whether all of its licence keys have ended; never without any (L3)."""
        return self.licensed_until is not None and self.licensed_until < today

    @property
    def state(self) -> str:
        """Another word for each state of what people set."""
        told = repr((self.name, astuple(self.settings)))
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class CustomRoleName:
    """A custom role that somebody has."""

    uid: str
    name: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user in one tenant. `custom`: which of its custom roles, where `role` says so.

    Without `has_access` it is an entry of the list and no more (L2).
    """

    user_id: int
    uid: str
    email: str
    name: str
    role: Role
    is_active: bool
    joined_at: datetime
    signed_in_at: datetime | None
    custom: CustomRoleName | None = None
    has_access: bool = True


@dataclass(frozen=True, slots=True)
class LetIn:
    """How it went with somebody who was let in.

    `token` is that of an invitation, the only time it can be read; '' where the account is new.
    """

    user_id: int
    email: str
    is_new_account: bool
    token: str = ""


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Somebody with an account who has not accepted yet. Of the account it tells the address."""

    uid: str
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime
    is_expired: bool
    custom: CustomRoleName | None = None


@dataclass(frozen=True, slots=True)
class InvitationOffer:
    """What the invited user sees before accepting."""

    tenant: str
    role: Role
    invited_by: str
    expires_at: datetime
    custom: CustomRoleName | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """Where an organisation is found. `country` by its code of two letters, '' for none."""

    address: str = ""
    city: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What a partner tells of a customer (T2). `region` never changes later (T12). `plan`: '' for
    the one that tenants have. `asks_for_sign_on`: its admin is led to set that up on accepting.
    """

    name: str
    company: Company
    region: Region
    admin_first_name: str
    admin_last_name: str
    admin_email: str
    plan: str = ""
    asks_for_sign_on: bool = False


@dataclass(frozen=True, slots=True)
class NewPartner(NewCustomer):
    """What the operator tells of a partner company, and of its first Partner Admin."""


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner as the operator sees it. `holding`: its holding tenant, if it has one."""

    tenant: TenantRow
    company: Company
    created_at: datetime
    holding: int | None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as its partner sees it.

    `tenant` and `customer_id` are None and '' until it has accepted, and once it is over (T3).
    """

    uid: str
    name: str
    state: RelationState
    admin_email: str
    made_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    tenant: int | None
    customer_id: str


@dataclass(frozen=True, slots=True)
class ManagingPartner:
    """The partner of a customer as the customer sees it."""

    uid: str
    name: str
    company: Company
    state: RelationState
    made_by: str
    made_at: datetime
    answered_by: str
    answered_at: datetime | None
    asks_for_sign_on: bool


@dataclass(eq=False)
class BadCompany(Invalid):
    """`name` is the field, `problem` what is wrong with it."""

    name: str
    problem: str

    code: ClassVar[str] = "bad_company"
    text: ClassVar[str] = "{name}: {problem}."
    fix: ClassVar[str] = "Correct the value and send it again."


class RelationOver(Conflict):
    code: ClassVar[str] = "relation_over"
    text: ClassVar[str] = "Somebody has answered or ended this meanwhile."
    fix: ClassVar[str] = "Open Settings > Assigned Partner to see how it stands now."


class OneCustomerOnly(Conflict):
    """Asked of all customers of a partner at once (T5)."""

    code: ClassVar[str] = "one_customer_only"
    text: ClassVar[str] = "This shows one customer at a time."
    fix: ClassVar[str] = "Choose a customer at the top of the menu."


class RoleOfAnotherKind(Invalid):
    code: ClassVar[str] = "role_of_another_kind"
    text: ClassVar[str] = "There is no such role in this kind of tenant."
    fix: ClassVar[str] = "Choose one of the roles that are offered."


class BeyondOwnRights(Forbidden):
    """Nobody gives, takes or changes a role that may more than the own one."""

    code: ClassVar[str] = "beyond_own_rights"
    text: ClassVar[str] = "This role may more than your own."
    fix: ClassVar[str] = "Choose another role, or ask somebody who has all of its permissions."


class InvitationOver(NotFound):
    code: ClassVar[str] = "invitation_over"
    text: ClassVar[str] = "This invitation no longer works."
    fix: ClassVar[str] = (
        "It was used or withdrawn, or is older than 7 days. Ask whoever invited you for a new one."
    )


@dataclass(eq=False)
class InvitationForAnother(Forbidden):
    email: str

    code: ClassVar[str] = "invitation_for_another"
    text: ClassVar[str] = "This invitation is for another account than {email}."
    fix: ClassVar[str] = (
        "Sign out, open the link again and sign in with the address that was invited."
    )


@dataclass(eq=False)
class AlreadyMember(Conflict):
    email: str

    code: ClassVar[str] = "already_member"
    text: ClassVar[str] = "{email} is already a user of this tenant."
    fix: ClassVar[str] = "Change the role of that user instead."


@dataclass(eq=False)
class LastAdmin(Conflict):
    """A tenant keeps at least one active IT Admin, or nobody could let anyone in again."""

    code: ClassVar[str] = "last_admin"
    text: ClassVar[str] = "This is the last IT Admin of the tenant."
    fix: ClassVar[str] = "Give another user the role IT Admin first."


@dataclass(eq=False)
class SettingsOvertaken(Conflict):
    """Somebody else changed what is about to be overwritten. `names` are those settings."""

    names: tuple[str, ...]

    code: ClassVar[str] = "settings_overtaken"
    text: ClassVar[str] = "Somebody else changed the same settings after you opened them."
    fix: ClassVar[str] = "Look at the marked fields, then save again what you want."


@dataclass(eq=False)
class BadSetting(Invalid):
    name: str
    problem: str

    code: ClassVar[str] = "bad_setting"
    text: ClassVar[str] = "{name}: {problem}."
    fix: ClassVar[str] = "Correct the value and save again."
