"""Inventory: devices, their import and history, and the door through which all sight goes."""
