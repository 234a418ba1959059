from __future__ import annotations

import pytest

from tests.cast import Cast


@pytest.fixture
def here(cast: Cast) -> str:
    """The list of devices."""
    return f"/t/{cast.acme.customer_id}/devices/"
