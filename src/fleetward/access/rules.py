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
_HOLDING = _READS | {Capability.MANAGE_GROUPS}
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
        Capability.SEE_TRANSFERS,
    }
)
# External services and runs (W7).
_CONNECTORS = frozenset(
    {
        Capability.SEE_CONNECTIONS,
        Capability.MANAGE_CONNECTIONS,
        Capability.REFRESH_WARRANTY,
    }
)

# What only a partner can do. Its tenant has no devices of its own: its lists show those of all its
# customers (T5), and what is done to a device is done in the tenant of the customer.
_PARTNERS = frozenset({Capability.SEE_CUSTOMERS, Capability.MANAGE_CUSTOMERS})
# The operator's, of the installation.
_OPERATORS = frozenset({Capability.OPERATE})
# Only an admin of the partner, in the tenants of its customers and in its holding tenant (X1).
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
    "CONNECTOR_ADMIN": _READS | _TOKENS | _ASKS | _CONNECTORS,
    "DEVELOPER": _READS | _TOKENS | _ASKS,
    "IT_ADMIN": _OWN,
    "PARTNER_ADMIN": _READS | _TOKENS | _ASKS | _OFFICE | _PARTNERS | {Capability.SEE_TRANSFERS},
    "PARTNER_SERVICE": _READS | _TOKENS | _ASKS | {Capability.SEE_CUSTOMERS},
    # In the tenants of customers (T3): their devices, and never their users, settings or secrets.
    "MANAGING_ADMIN": _READS
    | _DEVICE_WORK
    | _OF_MANAGERS
    | {Capability.SEE_CONNECTIONS, Capability.MANAGE_ENROLMENT, Capability.MANAGE_LICENCES},
    "MANAGING_SPECIALIST": _READS | {Capability.REFRESH_WARRANTY},
    # In the holding tenant of one's own company (T8): what is there came by a feed and leaves by a
    # transfer; nobody adds, changes or deletes it.
    "HOLDING_ADMIN": _HOLDING | _OF_MANAGERS | {Capability.SEE_TRANSFERS},
    "HOLDING_SPECIALIST": _HOLDING,
    # Its own tenant has people and settings; of devices it has none.
    "OPERATOR": _READS | _TOKENS | _OFFICE | _OPERATORS,
    "SYSTEM": frozenset(Capability),
}

# Custom roles (L1): the word is followed by the permissions of the tenant's own list, of which
# count those that the role beside it has in the same place.
_CUSTOM: Mapping[str, str] = {
    "CUSTOM": "IT_ADMIN",
    "PARTNER_CUSTOM": "PARTNER_ADMIN",
    "MANAGING_CUSTOM": "MANAGING_ADMIN",
    "HOLDING_CUSTOM": "HOLDING_SPECIALIST",
}
# X1: only a partner admin transfers.
_FIXED_ROLES_ONLY = _OF_MANAGERS
# What a role is elsewhere, for those who have it at their own company (T3).
_ELSEWHERE: Mapping[str, str] = {
    "PARTNER_ADMIN": "MANAGING_ADMIN",
    "PARTNER_SERVICE": "MANAGING_SPECIALIST",
    "PARTNER_CUSTOM": "MANAGING_CUSTOM",
}
_ADMINS: Mapping[str, str] = {"CUSTOMER": "IT_ADMIN", "PARTNER": "PARTNER_ADMIN"}


def rights_of(role: str) -> frozenset[Capability]:
    """What a role word of an actor is worth. An unknown role has nothing."""
    word, _, listed = role.partition(" ")
    if word not in _CUSTOM:
        return CAPABILITIES.get(role, frozenset())
    chosen = set(listed.split()) - _FIXED_ROLES_ONLY
    return frozenset(right for right in CAPABILITIES[_CUSTOM[word]] if right in chosen)


def may(role: str, capability: Capability) -> bool:
    """Whether a role has a capability."""
    return capability in rights_of(role)


def reach_of(role: str) -> frozenset[Capability]:
    """What a role is worth in its own tenant and in those that come with it."""
    word, blank, listed = role.partition(" ")
    elsewhere = _ELSEWHERE.get(word)
    return rights_of(role) | (rights_of(elsewhere + blank + listed) if elsewhere else frozenset())


def on_offer(kind: str) -> frozenset[Capability]:
    """What custom roles of a kind of tenant can hold; nothing where there are none."""
    admin = _ADMINS.get(kind)
    return reach_of(admin) - _FIXED_ROLES_ONLY if admin else frozenset()
