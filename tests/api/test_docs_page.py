"""The documentation that people read shows every operation, to everybody."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.documented import document

pytestmark = pytest.mark.django_db


def test_every_operation_is_on_the_page() -> None:
    page = Client(headers={"host": "localhost"}).get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in text
            assert path in text
    assert "{ref" not in text


def test_fields_of_fields_and_refusals_are_told() -> None:
    text = Client(headers={"host": "localhost"}).get("/api/v1/docs/").content.decode()
    for word in ("items.warranty.status", "Idempotency-Key", "EDIT_DEVICES", "No valid token"):
        assert word in text
