"""Lenovo Support API v2.5."""
