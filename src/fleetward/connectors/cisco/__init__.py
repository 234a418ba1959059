"""Cisco's Support API, SN2INFO v2."""
