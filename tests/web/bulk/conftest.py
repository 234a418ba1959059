from __future__ import annotations

import pytest

from tests.web.bulk.shop import Shop


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()
