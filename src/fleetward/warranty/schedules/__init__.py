"""Schedules: refreshes of what a saved view or a group has, at night, again and again (W7)."""
