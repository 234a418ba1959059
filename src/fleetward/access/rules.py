"""Which role may do what (L1), as a table. W7: Device Admin starts runs without settings rights."""

from __future__ import annotations

from collections.abc import Mapping

from fleetward.access.contracts import Capability

_READS = frozenset(
    {
        Capability.SEE_DEVICES,
        Capability.SEE_WARRANTY,
        Capability.EXPORT_DEVICES,
        Capability.SEE_NOTIFICATIONS,
    }
)
_TOKENS = frozenset({Capability.ISSUE_TOKENS})
_DEVICE_WORK = frozenset(
    {
        Capability.EDIT_DEVICES,
        Capability.DELETE_DEVICES,
        Capability.IMPORT_DEVICES,
        Capability.MANAGE_GROUPS,
        Capability.REFRESH_WARRANTY,
        Capability.ENTER_WARRANTY,
        Capability.ENROL_DEVICES,
    }
)

# What only a partner can do. Its tenant has no devices of its own: its lists show those of all its
# customers (T5), and what is done to a device is done in the tenant of the customer.
_PARTNERS = frozenset({Capability.SEE_CUSTOMERS, Capability.MANAGE_CUSTOMERS})
# The operator's, of the installation.
_OPERATORS = frozenset({Capability.OPERATE})
# Only an admin of the managing partner, in the tenants of its customers (X1).
_OF_MANAGERS = frozenset({Capability.TRANSFER_DEVICES})
_OWN = frozenset(Capability) - _PARTNERS - _OPERATORS - _OF_MANAGERS
# Everybody with a role in a tenant may ask the operator for help (L8): not who is there as a guest
# of its company, such as the users of its partner, who ask for themselves.
_ASKS = frozenset({Capability.ASK_SUPPORT})
_OFFICE = frozenset(
    {
        Capability.SEE_USERS,
        Capability.MANAGE_USERS,
        Capability.MANAGE_SETTINGS,
        Capability.SEE_AUDIT,
    }
)

CAPABILITIES: Mapping[str, frozenset[Capability]] = {
    "REPORT_ADMIN": _READS | _TOKENS | _ASKS | {Capability.SEE_AUDIT},
    "DEVICE_ADMIN": _READS | _TOKENS | _ASKS | _DEVICE_WORK,
    "IT_ADMIN": _OWN,
    "PARTNER_ADMIN": _READS | _TOKENS | _ASKS | _OFFICE | _PARTNERS,
    "PARTNER_SERVICE": _READS | _TOKENS | _ASKS | {Capability.SEE_CUSTOMERS},
    # In the tenants of customers (T3): their devices, and never their users, settings or secrets.
    "MANAGING_ADMIN": _READS
    | _DEVICE_WORK
    | _OF_MANAGERS
    | {Capability.SEE_CONNECTIONS, Capability.MANAGE_ENROLMENT},
    "MANAGING_SPECIALIST": _READS | {Capability.REFRESH_WARRANTY},
    "OPERATOR": _READS | _TOKENS | _OFFICE | _OPERATORS,
    "SYSTEM": frozenset(Capability),
}


def may(role: str, capability: Capability) -> bool:
    """Whether a role has a capability. An unknown role has none."""
    return capability in CAPABILITIES.get(role, frozenset())
