"""Fixtures for all tests; see tests/plugins for what each one gives."""

from tests.plugins.database import (
    django_db_setup,
    fresh_database,
    owner_connection,
    run_jobs,
)
from tests.plugins.no_network import _no_network

__all__ = ["_no_network", "django_db_setup", "fresh_database", "owner_connection", "run_jobs"]
