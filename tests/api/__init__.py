"""The REST interface through the real stack."""
