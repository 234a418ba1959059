"""The OpenAPI document is valid and complete, and the examples in it are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from fleetward.api.app import api
from fleetward.api.openapi import TAGS, operations
from tests.api.conftest import Program


def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return read


DOCUMENT = document()
OPERATIONS = [pytest.param(o, id=o["operationId"]) for _, o in operations(DOCUMENT)]


def parts(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The bodies of an operation that are described, by a name for messages."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request {kind}", content
    for status, response in operation["responses"].items():
        for kind, content in response.get("content", {}).items():
            yield f"{status} {kind}", content


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


@pytest.mark.django_db
def test_the_document_is_served_to_everybody(anonymous: Program) -> None:
    answer = anonymous.get("/openapi.json")
    assert (answer.status_code, json.loads(answer.content)["openapi"][:3]) == (200, "3.1")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert set(operation["tags"]) <= set(TAGS)
    assert operation["security"] == [{"TokenAuth": []}]
    assert {"401", "403"} <= set(operation["responses"])
    assert [name for name in operation if name.startswith("x-")] == ["x-right"]
    undescribed = [p["name"] for p in operation["parameters"] if not p.get("description")]
    assert not undescribed


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_list_comes_in_pages(operation: dict[str, Any]) -> None:
    for name, content in parts(operation):
        schema = content.get("schema", {})
        schema = DOCUMENT["components"]["schemas"].get(
            schema.get("$ref", "").split("/")[-1], schema
        )
        if "items" in schema.get("properties", {}):
            assert "next" in schema["properties"], name
            assert {"cursor", "limit"} <= {p["name"] for p in operation["parameters"]}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_body_has_an_example_that_fits(operation: dict[str, Any]) -> None:
    for name, content in parts(operation):
        assert "example" in content, name
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        problems = [e.message for e in Draft202012Validator(schema).iter_errors(content["example"])]
        assert not problems, (name, problems)


def test_only_operations_that_answer_nothing_describe_no_body() -> None:
    bare = [o for _, o in operations(DOCUMENT) if not list(parts(o))]
    assert [o["operationId"] for o in bare if "204" not in o["responses"]] == []


def test_a_body_of_changes_tells_no_defaults() -> None:
    """Who fills them in would empty what was not to change."""
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for methods in DOCUMENT["paths"].values()
        for method, operation in methods.items()
        if method == "patch" or operation["operationId"] == "edit_selection"
    ]
    names = {reference.rsplit("/", 1)[1] for reference in bodies}
    assert {"DeviceChangeIn", "SelectionEdit"} <= names
    for name in names:
        fields = DOCUMENT["components"]["schemas"][name]["properties"]
        assert [field for field, told in fields.items() if "default" in told] == [], name


def test_every_schema_is_named_and_none_is_wrapped_alone() -> None:
    text = json.dumps(DOCUMENT)
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name in schemas if f'"#/components/schemas/{name}"' not in text] == []
    assert "allOf" not in text


def test_every_tag_is_used() -> None:
    used = {tag for _, operation in operations(DOCUMENT) for tag in operation["tags"]}
    assert used == set(TAGS)


def test_a_body_that_may_be_left_out_is_no_null() -> None:
    (start,) = [o for _, o in operations(DOCUMENT) if o["operationId"] == "start_run"]
    body = start["requestBody"]
    assert not body.get("required", False)
    schema = body["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/NewRun"}
