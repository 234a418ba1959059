"""A provider that is really asked, and people whose guesses nobody has counted yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.cast import Cast, make_cast
from tests.oidc.running import RealProvider, running_provider
from tests.web.account.organisation import CALLBACK


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    with running_provider(f"http://127.0.0.1:8000{CALLBACK}") as running:
        yield running


@pytest.fixture
def cast(db: None) -> Cast:
    cache.clear()
    return make_cast()
