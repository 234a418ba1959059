"""Plug-ins: one folder for each vendor service, found by entry point, imported by nobody."""
