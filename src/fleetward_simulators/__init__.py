"""Stand-alone servers that play the vendors, for development, the demo and tests.

They import nothing from Fleetward, answer any serial from its hash, and say on every page and in
every header that they are simulators.
"""
