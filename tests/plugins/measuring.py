"""Coverage pauses in tests that look at the product from outside: nothing is theirs alone to cover.

What they run, closer tests run too, and measuring makes a test take half as long again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parent.parent
FROM_OUTSIDE = tuple(
    TESTS / place
    for place in (
        "api",
        "arch",
        "backup",
        "check",
        "client",
        "contract",
        "db/statements",
        "house",
        "migrations",
        "web/test_budgets.py",
        "web/test_isolation.py",
        "web/test_routes.py",
    )
)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Not for each test anew: to begin and to end takes its time as well."""
    plugin: Any = item.config.pluginmanager.get_plugin("_cov")
    controller = plugin and plugin.cov_controller
    if not controller:
        return
    is_outside = not {item.path, *item.path.parents}.isdisjoint(FROM_OUTSIDE)
    if is_outside and controller.started:
        controller.pause()
    elif not is_outside and not controller.started:
        controller.resume()
