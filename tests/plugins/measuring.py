"""Coverage pauses in tests that look at the product from outside: nothing is theirs alone to cover.

What they run, closer tests run too, and measuring makes a test take half as long again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOMS = {"access", "actions", "rules"}
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
        forget_answers()


def forget_answers() -> None:
    """What was kept while nothing was measured is worked out again where it is."""
    for name, module in list(sys.modules.items()):
        if not ROOMS.isdisjoint(name.split(".")):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
