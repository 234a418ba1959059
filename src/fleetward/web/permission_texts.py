"""What the permissions of roles are called, in the groups in which pages show them (L1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fleetward.access.contracts import Capability

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

GROUPS: tuple[tuple[StrPromise, tuple[Capability, ...]], ...] = (
    (
        _("Devices"),
        (
            Capability.SEE_DEVICES,
            Capability.EDIT_DEVICES,
            Capability.DELETE_DEVICES,
            Capability.IMPORT_DEVICES,
            Capability.EXPORT_DEVICES,
            Capability.MANAGE_GROUPS,
            Capability.ENROL_DEVICES,
            Capability.MANAGE_ENROLMENT,
            Capability.SEE_TRANSFERS,
        ),
    ),
    (
        pgettext_lazy("permissions", "Warranty"),
        (Capability.SEE_WARRANTY, Capability.REFRESH_WARRANTY, Capability.ENTER_WARRANTY),
    ),
    (_("External services"), (Capability.SEE_CONNECTIONS, Capability.MANAGE_CONNECTIONS)),
    (_("Customers"), (Capability.SEE_CUSTOMERS, Capability.MANAGE_CUSTOMERS)),
    (
        pgettext_lazy("permissions", "Tenant"),
        (
            Capability.SEE_NOTIFICATIONS,
            Capability.ASK_SUPPORT,
            Capability.SEE_AUDIT,
            Capability.SEE_USERS,
            Capability.MANAGE_USERS,
            Capability.MANAGE_SETTINGS,
            Capability.MANAGE_LICENCES,
            Capability.ISSUE_TOKENS,
        ),
    ),
)
TEXTS: Mapping[Capability, StrPromise] = {
    Capability.SEE_DEVICES: _("See devices"),
    Capability.EDIT_DEVICES: _("Add and change devices"),
    Capability.DELETE_DEVICES: _("Delete and restore devices"),
    Capability.IMPORT_DEVICES: _("Import lists of devices"),
    Capability.EXPORT_DEVICES: _("Export devices"),
    Capability.ENROL_DEVICES: _("Enrol devices"),
    Capability.MANAGE_ENROLMENT: _("Make and revoke the PINs that enrol devices"),
    Capability.SEE_TRANSFERS: _("See transfers and their summaries"),
    Capability.MANAGE_GROUPS: _("Make, change and fill groups"),
    Capability.SEE_WARRANTY: _("See warranties and the dashboard"),
    Capability.REFRESH_WARRANTY: _("Start bulk processing and ask vendors anew"),
    Capability.ENTER_WARRANTY: _("Enter a warranty by hand"),
    Capability.SEE_CONNECTIONS: _("See external services and how they are"),
    Capability.MANAGE_CONNECTIONS: _("Set up external services and their credentials"),
    Capability.SEE_CUSTOMERS: _("See customers and what is theirs"),
    Capability.MANAGE_CUSTOMERS: _("Create customers"),
    Capability.SEE_NOTIFICATIONS: _("Get notifications"),
    Capability.ASK_SUPPORT: _("Ask the operator for help"),
    Capability.SEE_AUDIT: _("Read the logs"),
    Capability.SEE_USERS: _("See users and roles"),
    Capability.MANAGE_USERS: _("Add, change and remove users, and make roles"),
    Capability.MANAGE_SETTINGS: _("Change the settings of the tenant, its partner and webhooks"),
    Capability.MANAGE_LICENCES: _("Add and remove licence keys"),
    Capability.ISSUE_TOKENS: _("Make API tokens for oneself"),
}


def permission_text(right: Capability) -> str:
    return str(TEXTS.get(right, right))


def grouped(rights: frozenset[Capability]) -> Iterator[tuple[str, tuple[Capability, ...]]]:
    """These permissions in their groups and order; what has no group comes last."""
    known = {right for _heading, them in GROUPS for right in them}
    rest = tuple(sorted(rights - known))
    for heading, them in (*GROUPS, (pgettext_lazy("permissions", "More"), rest)):
        found = tuple(right for right in them if right in rights)
        if found:
            yield str(heading), found
