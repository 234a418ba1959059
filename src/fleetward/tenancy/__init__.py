"""Tenants, their settings, and who is a member with which role."""
