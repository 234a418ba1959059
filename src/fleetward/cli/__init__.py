"""The command line, `fleetward`."""
