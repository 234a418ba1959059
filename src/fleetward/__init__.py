"""Fleetward: which devices you have, what warranty each one carries, and who looks after it."""

__version__ = "0.1.0"
