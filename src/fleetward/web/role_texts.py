"""What the roles of users are called, and what each may do, in short (L1)."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy, pgettext_lazy

from fleetward.access.queries import reach_of
from fleetward.kernel.actor import Actor
from fleetward.partners.contracts import Programme
from fleetward.tenancy.contracts import (
    CUSTOM_ROLES,
    CustomRoleName,
    HoldingRole,
    ManagingRole,
    Role,
    RoleChoice,
    TenantRow,
    roles_in,
)
from fleetward.tenancy.roles.queries import find_own_role, list_choices
from fleetward.web.door import Visit

LABELS = {
    Role.IT_ADMIN: pgettext_lazy("role", "IT Admin"),
    Role.DEVICE_ADMIN: pgettext_lazy("role", "Device Admin"),
    Role.CONNECTOR_ADMIN: pgettext_lazy("role", "Connector Admin"),
    Role.DEVELOPER: pgettext_lazy("role", "Developer"),
    Role.REPORT_ADMIN: pgettext_lazy("role", "Report Admin"),
    Role.PARTNER_ADMIN: pgettext_lazy("role", "Partner Admin"),
    Role.PARTNER_SERVICE: pgettext_lazy("role", "Partner Service Specialist"),
    Role.OPERATOR: pgettext_lazy("role", "Operator"),
}
TEXTS = {
    Role.IT_ADMIN: gettext_lazy("Everything, including settings and users."),
    Role.DEVICE_ADMIN: gettext_lazy("Devices, imports and warranty, but no settings."),
    Role.CONNECTOR_ADMIN: gettext_lazy("External services and runs; reads all else."),
    Role.DEVELOPER: gettext_lazy("Reads, and makes API tokens for programs."),
    Role.REPORT_ADMIN: gettext_lazy("Reads and exports, changes nothing."),
    Role.PARTNER_ADMIN: gettext_lazy("Everything, including customers, settings and users."),
    Role.PARTNER_SERVICE: gettext_lazy(
        "Reads and exports the devices of its customers, and looks up their warranties."
    ),
    Role.OPERATOR: gettext_lazy("Partners, certifications and resale feeds of the installation."),
}
# What users of a partner are certified for (T6).
PROGRAMMES = {
    Programme.RESELL: gettext_lazy("Resell and view/monitor"),
    Programme.SERVICE: gettext_lazy("Service delivery"),
}
# In the tenant of a customer that has accepted the reader's company.
MANAGING_LABELS = {
    ManagingRole.MANAGING_ADMIN: LABELS[Role.PARTNER_ADMIN],
    ManagingRole.MANAGING_SPECIALIST: LABELS[Role.PARTNER_SERVICE],
    ManagingRole.MANAGING_CUSTOM: gettext_lazy("Custom role of a partner"),
}
MANAGING_TEXTS = {
    ManagingRole.MANAGING_ADMIN: gettext_lazy(
        "For its partner: devices, imports and warranty, but no users and no settings."
    ),
    ManagingRole.MANAGING_SPECIALIST: gettext_lazy(
        "For its partner: reads, exports and asks vendors anew, changes nothing."
    ),
    ManagingRole.MANAGING_CUSTOM: gettext_lazy("For its partner: what its role there allows."),
}
CUSTOM_TEXT = gettext_lazy("A role of your own tenant's making.")


# In the holding tenant of the reader's company.
HOLDING_LABELS = {
    HoldingRole.HOLDING_ADMIN: LABELS[Role.PARTNER_ADMIN],
    HoldingRole.HOLDING_SPECIALIST: LABELS[Role.PARTNER_SERVICE],
    HoldingRole.HOLDING_CUSTOM: MANAGING_LABELS[ManagingRole.MANAGING_CUSTOM],
}
_HOLDING_TEXT = gettext_lazy("Reads, exports and groups devices; nobody changes them.")
HOLDING_TEXTS = {
    HoldingRole.HOLDING_ADMIN: _HOLDING_TEXT,
    HoldingRole.HOLDING_SPECIALIST: _HOLDING_TEXT,
    HoldingRole.HOLDING_CUSTOM: MANAGING_TEXTS[ManagingRole.MANAGING_CUSTOM],
}


def role_label(word: Role, custom: CustomRoleName | None = None) -> str:
    """What a role is called; a custom one by the name that the tenant gave it."""
    return custom.name if custom else str(LABELS[word])


def role_words(actor: Actor, tenant: TenantRow) -> tuple[str, str]:
    """What the actor's role in a tenant is called, and what it may do."""
    word = actor.roles[tenant.id].partition(" ")[0]
    if word in CUSTOM_ROLES:
        mine = find_own_role(actor=actor, tenant=tenant.id)
        return (mine.name if mine else ""), str(CUSTOM_TEXT)
    if word in set(ManagingRole):
        managing = ManagingRole(word)
        return str(MANAGING_LABELS[managing]), str(MANAGING_TEXTS[managing])
    if word in set(HoldingRole):
        holding = HoldingRole(word)
        return str(HOLDING_LABELS[holding]), str(HOLDING_TEXTS[holding])
    return str(LABELS[Role(word)]), str(TEXTS[Role(word)])


def choices_of(visit: Visit) -> list[tuple[str, str]]:
    """The roles that the reader may give in this tenant: what forms send, and a label."""
    mine = reach_of(visit.actor.roles[visit.tenant.id])
    fixed = [role for role in roles_in(visit.tenant.kind) if reach_of(str(role)) <= mine]
    own = list_choices(actor=visit.actor, tenant=visit.tenant.id)
    return [
        *((str(role), str(LABELS[role])) for role in fixed),
        *((row.uid, row.name) for row in own if row.permissions <= mine),
    ]


def read_choice(text: str) -> RoleChoice:
    """What a form sent. Raises: ValueError."""
    return Role(text) if text in set(Role) else UUID(text)
