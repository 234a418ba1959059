"""Any request that the document allows, and any that it does not: never a mistake of ours.

Schemathesis makes the requests from the OpenAPI document; they are sent like all others of these
tests, so that every answer is looked up in the document as well (`documented.py`).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test.client import MULTIPART_CONTENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from tests.api.conftest import Program
from tests.api.documented import document
from tests.api.world import World, make_world
from tests.cast import Cast
from tests.simulators import Simulators

OPERATIONS = [
    found.ok() for found in schemathesis.openapi.from_dict(document()).get_all_operations()
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
FORM = "multipart/form-data"
AT_EASE = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture)
EXAMPLES = 16


@pytest.fixture
def world(cast: Cast, vendors: Simulators) -> World:
    return make_world(cast)


def sent(program: Program, case: Any, path: str) -> HttpResponse:
    """The request of a case, with a token that opens."""
    asked = [(name, _texts(value)) for name, value in (case.query or {}).items()]
    address = f"{path}?{urlencode(asked, doseq=True, errors='replace')}" if asked else path
    asked_for = dict(case.headers or {})
    headers = {
        name.lower(): str(asked_for[name])
        for name in ("Idempotency-Key", "If-Match")
        if asked_for.get(name) is not None
    }
    if case.media_type is None or case.body is NOT_SET:
        return program.send(case.method, address, **headers)
    kind = MULTIPART_CONTENT if case.media_type == FORM else case.media_type
    body = _body(case.media_type, case.body)
    return program.send(case.method, address, body, content_type=kind, **headers)


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _body(kind: str, body: Any) -> bytes | dict[str, SimpleUploadedFile]:
    """Bytes, or the parts of a form, which the client puts together."""
    if kind == FORM:
        parts = body if isinstance(body, dict) else {"file": body}
        return {
            str(name): SimpleUploadedFile("list.csv", _bytes(part)) for name, part in parts.items()
        }
    return json.dumps(body, default=str).encode() if kind.endswith("json") else _bytes(body)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_request_is_answered_by_a_mistake_of_ours(
    operation: Any, admin: Program, world: World
) -> None:
    """About things that are there, and about others; as the document has it, and otherwise."""
    there = world.address(operation.path.replace("{", "<").replace("}", ">"))

    @given(data=st.data())
    @settings(max_examples=EXAMPLES, suppress_health_check=AT_EASE, database=None)
    def ask(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(MODES))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        path = there if data.draw(st.booleans()) else case.formatted_path
        answer = sent(admin, case, path)
        assert answer.status_code < 500, answer.content

    ask()
