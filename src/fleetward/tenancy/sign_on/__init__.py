"""Sign-in by a tenant's identity provider (OpenID Connect), beside passwords or in their place."""
