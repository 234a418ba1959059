"""Selections of devices, and bulk changes, which do one thing to every device of a selection."""
