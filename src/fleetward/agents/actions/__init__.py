"""What can be done with PINs."""

from fleetward.agents.actions.pins import make_pin, revoke_pin

__all__ = ["make_pin", "revoke_pin"]
