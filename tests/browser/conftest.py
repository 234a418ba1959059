"""A site whose vendors may be asked as fast as they answer: nobody watches the pace here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

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
