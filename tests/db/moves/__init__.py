"""Moving devices between tenants."""
