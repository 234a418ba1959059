"""What the roles of users are called, and what each may do, in short (L1)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from fleetward.tenancy.contracts import ManagingRole, Role

LABELS = {
    Role.IT_ADMIN: pgettext_lazy("role", "IT Admin"),
    Role.DEVICE_ADMIN: pgettext_lazy("role", "Device Admin"),
    Role.REPORT_ADMIN: pgettext_lazy("role", "Report Admin"),
    Role.PARTNER_ADMIN: pgettext_lazy("role", "Partner Admin"),
    Role.PARTNER_SERVICE: pgettext_lazy("role", "Partner Service Specialist"),
}
TEXTS = {
    Role.IT_ADMIN: gettext_lazy("Everything, including settings and users."),
    Role.DEVICE_ADMIN: gettext_lazy("Devices, imports and warranty, but no settings."),
    Role.REPORT_ADMIN: gettext_lazy("Reads and exports, changes nothing."),
    Role.PARTNER_ADMIN: gettext_lazy("Everything, including customers, settings and users."),
    Role.PARTNER_SERVICE: gettext_lazy("Devices of the partner, and sees those of its customers."),
}
# In the tenant of a customer that has accepted the reader's company.
MANAGING_LABELS = {
    ManagingRole.MANAGING_ADMIN: LABELS[Role.PARTNER_ADMIN],
    ManagingRole.MANAGING_SPECIALIST: LABELS[Role.PARTNER_SERVICE],
}
MANAGING_TEXTS = {
    ManagingRole.MANAGING_ADMIN: gettext_lazy(
        "For its partner: devices, imports and warranty, but no users and no settings."
    ),
    ManagingRole.MANAGING_SPECIALIST: gettext_lazy(
        "For its partner: reads, exports and asks vendors anew, changes nothing."
    ),
}


def role_words(word: str) -> tuple[str, str]:
    """What a role is called and what it may do, by its word in `Actor.roles`."""
    if word in set(ManagingRole):
        managing = ManagingRole(word)
        return str(MANAGING_LABELS[managing]), str(MANAGING_TEXTS[managing])
    return str(LABELS[Role(word)]), str(TEXTS[Role(word)])
