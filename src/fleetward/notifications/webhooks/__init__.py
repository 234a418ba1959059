"""What the bell tells, sent to programs of a tenant (Standard Webhooks 1.0)."""
