"""Licence keys of tenants and the plans that they are for (L3, T4)."""
