"""Licence keys: issued by the installation, added and removed by tenants; and its plans."""

from fleetward.tenancy.licences.actions.adding import add_licence, remove_licence
from fleetward.tenancy.licences.actions.issuing import issue_licence
from fleetward.tenancy.licences.actions.plans import change_plan
from fleetward.tenancy.licences.actions.watching import follow_plans, watch_licences

__all__ = [
    "add_licence",
    "change_plan",
    "follow_plans",
    "issue_licence",
    "remove_licence",
    "watch_licences",
]
