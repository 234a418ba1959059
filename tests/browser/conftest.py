"""What browser tests share: a site whose vendors answer without quotas, and an eye for pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from pytest_django.plugin import DjangoDbBlocker

from tests.browser.looks import Eye
from tests.plugins.database import committed_database
from tests.plugins.site import Site, running_site
from tests.simulators import VENDORS, running_simulators


@pytest.fixture(scope="module")
def quick_site(django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """Like `live_site`, without quotas."""
    with (
        pytest.MonkeyPatch.context() as patch,
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
    ):
        for vendor in VENDORS:
            patch.setenv(f"FLEETWARD_PROVIDERS__{vendor.upper()}__CALLS_PER_MINUTE", "0")
        with running_site(database, simulators) as site:
            yield site


@pytest.fixture
def eye(
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    picture: Callable[..., Path],
) -> Eye:
    return Eye(new_context, axe, picture)
