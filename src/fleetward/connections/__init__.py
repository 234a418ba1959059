"""A tenant's credentialed connections to vendor services (External Services in the pages)."""
