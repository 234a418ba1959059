"""Warranty: entitlements, coverage, evidence and the runs that collect them."""
