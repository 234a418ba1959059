"""The logs of a tenant, at a browser of its IT Admin."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.web.reading import signed_in


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def here(cast: Cast) -> str:
    return f"/t/{cast.acme.customer_id}/logs/"
