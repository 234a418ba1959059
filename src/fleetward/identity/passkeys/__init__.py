"""Passkeys (WebAuthn): keys of a device that prove a user without the password, or beside it."""
