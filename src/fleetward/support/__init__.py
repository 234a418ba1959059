"""Requests of tenants to the operator, as conversations that both sides follow (L8)."""
