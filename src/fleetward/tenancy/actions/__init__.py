"""Making tenants, letting users in, and a tenant's own settings."""

from fleetward.tenancy.actions.companies import change_company
from fleetward.tenancy.actions.customers import answer_partner, create_customer, end_partner
from fleetward.tenancy.actions.invitations import (
    accept_invitation,
    renew_invitation,
    withdraw_invitation,
)
from fleetward.tenancy.actions.members import (
    add_member,
    change_member,
    register_farewell,
    remove_member,
)
from fleetward.tenancy.actions.partners import (
    create_holding_tenant,
    create_partner,
    ensure_vendor,
    lock_partner,
    mark_certified,
)
from fleetward.tenancy.actions.tenants import adjust_settings, create_tenant

__all__ = [
    "accept_invitation",
    "add_member",
    "adjust_settings",
    "answer_partner",
    "change_company",
    "change_member",
    "create_customer",
    "create_holding_tenant",
    "create_partner",
    "create_tenant",
    "end_partner",
    "ensure_vendor",
    "lock_partner",
    "mark_certified",
    "register_farewell",
    "remove_member",
    "renew_invitation",
    "withdraw_invitation",
]
