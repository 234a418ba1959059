"""What can be done with PINs and settings, and what machines do."""

from fleetward.agents.actions.enrolling import enrol
from fleetward.agents.actions.guesses import forget_refusals
from fleetward.agents.actions.pins import make_pin, revoke_pin
from fleetward.agents.actions.registering import read_machines, register_machines, remove_pending
from fleetward.agents.actions.settings import purge_presence, set_domains, set_presence
from fleetward.agents.actions.waiting import release_machine, release_waiting, tenants_that_wait

__all__ = [
    "enrol",
    "forget_refusals",
    "make_pin",
    "purge_presence",
    "read_machines",
    "register_machines",
    "release_machine",
    "release_waiting",
    "remove_pending",
    "revoke_pin",
    "set_domains",
    "set_presence",
    "tenants_that_wait",
]
