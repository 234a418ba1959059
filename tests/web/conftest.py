"""Who is at the browser in most tests of pages."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.web.reading import signed_in


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.device_admin)
