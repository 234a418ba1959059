"""Custom roles: a tenant's own, from the permission list of its kind of tenant (L1)."""
