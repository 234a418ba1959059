"""What can be done with PINs, and what machines do."""

from fleetward.agents.actions.enrolling import enrol
from fleetward.agents.actions.guesses import forget_refusals
from fleetward.agents.actions.pins import make_pin, revoke_pin
from fleetward.agents.actions.waiting import release_machine, release_waiting, tenants_that_wait

__all__ = [
    "enrol",
    "forget_refusals",
    "make_pin",
    "release_machine",
    "release_waiting",
    "revoke_pin",
    "tenants_that_wait",
]
