"""Fixtures for all tests; see tests/plugins for what each one gives."""

import tests.plugins.examples  # noqa: F401 (before any test is read)
from tests.plugins.browser import axe, browser, new_context, page, picture
from tests.plugins.database import (
    django_db_setup,
    fresh_database,
    owner_connection,
    run_jobs,
)
from tests.plugins.measuring import pytest_runtest_setup
from tests.plugins.no_network import _no_network
from tests.plugins.people import _numbers_of_its_own, cast
from tests.plugins.rendering import _no_queries_while_rendering
from tests.plugins.site import live_site
from tests.plugins.static import _files_found_once
from tests.plugins.variables import set_env

__all__ = [
    "_files_found_once",
    "_no_network",
    "_no_queries_while_rendering",
    "_numbers_of_its_own",
    "axe",
    "browser",
    "cast",
    "django_db_setup",
    "fresh_database",
    "live_site",
    "new_context",
    "owner_connection",
    "page",
    "picture",
    "pytest_runtest_setup",
    "run_jobs",
    "set_env",
]
