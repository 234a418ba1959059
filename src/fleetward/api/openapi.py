"""The OpenAPI 3.1 document: what ninja knows, with refusals, examples and tags made complete."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fleetward.api.answers import REPEATED
from fleetward.api.auth import RATE_HEADERS
from fleetward.api.calls import ACROSS, MEDIA_TYPE, PROBLEMS, VERSIONED
from fleetward.api.errors import TYPE
from fleetward.api.schemas import SOME_PROBLEM, Problem

Json = dict[str, Any]

TAGS: Mapping[str, str] = {
    "tenant": "The tenant that the token is bound to.",
    "roles": "What each role may, and custom roles.",
    "users": "Who may enter the tenant, and who is noted without access.",
    "devices": "Devices with what their coverage amounts to.",
    "groups": "Named sets of devices, which filters know.",
    "views": "Lists that somebody keeps: filters, order and columns under a name.",
    "selections": "Exactly these devices, for a day, and what to do with all of them.",
    "bulk changes": "One thing done to every device of a selection, with an outcome for each.",
    "exports": "Lists of devices as files, which a worker writes.",
    "imports": "Lists of devices as CSV or XLSX, with an outcome for each row.",
    "enrolment": "How machines enrol themselves into the tenant.",
    "transferred devices": "Those that the tenant gave away, as they were, for it alone.",
    "external services": "Access to the vendors. Secrets can be written and never read.",
    "warranty": "Entitlements, coverage, and the numbers of the dashboard.",
    "warranty runs": "Bulk processing: one run visits every eligible device.",
    "warranty schedules": "What is refreshed at night, again and again: a shared view or a group.",
    "replacement budget": "Which devices are due to be replaced when, and what that costs.",
    "gaps and doubles": "Days without cover between entitlements, and services bought twice.",
    "warranty reminders": "The end of coverage: of which devices somebody was told or will be.",
    "notifications": "What the bell shows.",
    "webhooks": "What the bell shows, sent to other programs (Standard Webhooks).",
    "licences": "Licence keys of the tenant, and the seats that they give.",
    "customers": "Customers of a partner, and the partner of a customer.",
    "ordered devices": "What a partner ordered, and where it is.",
    "transfers": "Moving devices between a partner's customers and Unassigned Devices.",
    "support requests": "What the tenant asks the operator, as conversations.",
    "operator: support requests": "What all tenants ask, for the operator's own programs.",
    "operator: resale feeds": "What was sold to partners, for the operator's own programs.",
    "operator: partners": "Partner companies, their locations and who is certified.",
    "audit": "Who did what, when and from where.",
}
TEXTS: Mapping[int, str] = {
    400: "The body cannot be read",
    401: "No valid token",
    403: "The role of the token's user does not allow this",
    404: "It does not exist, or it is out of sight",
    409: "It clashes with the present state",
    412: "It has changed since the state that If-Match names",
    413: "Too large",
    415: "The body is declared as something else than it has to be",
    422: "Something does not fit; the code says what",
    429: "The token has made all its calls of this minute; nothing was done",
}
LOCATION = {"description": "Where it is", "schema": {"type": "string"}}
REPLAYED = {
    "description": "`true` on the first answer given again to the same Idempotency-Key",
    "schema": {"type": "string", "enum": ["true"]},
}
RATE_TEXTS = (
    ("How many calls the token has in each minute", 1200),
    ("How many of them are left in this one", 1199),
    ("Seconds until the next minute", 42),
)
RETRY_AFTER = {"description": "Seconds to wait", "schema": {"type": "integer"}}
ETAG = {
    "description": "The state of its own fields, for If-Match",
    "schema": {"type": "string"},
}
PLACES: Mapping[str, str] = {
    "feed_id": "The `id` of the resale feed",
    "device_id": "The `id` of the device",
    "group_id": "The `id` of the group",
    "view_id": "The `id` of the view",
    "selection_id": "The `id` of the selection",
    "bulk_change_id": "The `id` of the bulk change",
    "call_id": "The `id` of the call",
    "export_id": "The `id` of the export",
    "request_id": "The `id` of the request",
    "file_id": "The `id` of the file",
    "import_id": "The `id` of the import",
    "relation_id": "The `id` of the relation to the customer",
    "licence_id": "The `id` of the licence key",
    "transfer_id": "The `id` of the transfer",
    "user_id": "The `id` of the user",
    "role_id": "The `id` of the custom role",
    "filter_id": "The `id` of the filter",
    "partner_id": "The Customer ID of the partner",
    "location_id": "The `id` of the location",
    "person_id": "The `user_id` of the user of the partner",
    "programme": "`RESELL` or `SERVICE`",
    "pending_id": "The `id` of the machine that is not enrolled yet",
    "webhook_id": "The `id` of the webhook",
    "delivery_id": "The `id` of the delivery",
    "notification_id": "The `id` of the notification",
    "run_id": "The `id` of the run",
    "schedule_id": "The `id` of the schedule",
    "provider": "The key of the external service, such as `dell`",
}


def completed(document: Json) -> Json:
    """The document of ninja, made complete."""
    document = _unwrapped(document)
    schemas = document["components"]["schemas"]
    schemas["ProblemPart"], schemas["Problem"] = _problem_schemas()
    document["components"]["responses"] = {_name(s): _problem_response(s) for s in TEXTS}
    # Where an operator sets no limit (FLEETWARD_API__CALLS_PER_MINUTE) they are left out.
    document["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "integer"}, "example": example}
        for name, (text, example) in zip(RATE_HEADERS, RATE_TEXTS, strict=True)
    }
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    document["servers"] = [{"url": "/"}]
    for path, operation in operations(document):
        _complete(document, path, operation)
    _drop_unused(document)
    return document


def _unwrapped(part: Any) -> Any:
    """Without `allOf` around a single schema, in which programs that make clients see an object."""
    if isinstance(part, list):
        return [_unwrapped(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {name: _unwrapped(one) for name, one in part.items()}
    if len(found.get("allOf", ())) == 1:
        (only,) = found.pop("allOf")
        found = only | found
    return found


def _drop_unused(document: Json) -> None:
    """Ninja keeps the models that it has made parameters of; no operation names them."""
    text, schemas = json.dumps(document), document["components"]["schemas"]
    for name in [*schemas]:
        if f'"#/components/schemas/{name}"' not in text:
            del schemas[name]


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Every operation with its path."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _complete(document: Json, path: str, operation: Json) -> None:
    media_type = operation.pop(MEDIA_TYPE, None)
    is_versioned = operation.pop(VERSIONED, False)
    operation.pop(ACROSS, None)
    is_repeatable = any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["description"] = PLACES[parameter["name"]]
    for status, response in operation["responses"].items():
        headers = _rate_headers() | ({"Location": LOCATION} if status in (201, 202) else {})
        if is_repeatable:
            headers[REPEATED] = REPLAYED
        if is_versioned:
            headers["ETag"] = ETAG
        response["headers"] = headers
        if media_type:
            is_text = media_type.startswith("text/")
            schema = {"type": "string"} | ({} if is_text else {"format": "binary"})
            response["content"] = {media_type: {"schema": schema, "example": ""}}
        _add_examples(document, response)
    body = operation.get("requestBody")
    if body:
        _tell_apart_nothing_and_null(body)
        _add_examples(document, body)
    for status in sorted(_refusals(path, operation)):
        reference = {"$ref": f"#/components/responses/{_name(status)}"}
        operation["responses"][str(status)] = reference


def _tell_apart_nothing_and_null(body: Json) -> None:
    """A body that may be left out is not `required`: a null would be one that is sent."""
    for content in body["content"].values():
        kinds = [one for one in content["schema"].get("anyOf", ()) if one != {"type": "null"}]
        if len(kinds) == 1:
            content["schema"] = kinds[0]


def _refusals(path: str, operation: Json) -> set[int]:
    """The statuses that follow from what the operation takes, and those it declares."""
    # 422 everywhere, because unknown parameters are refused everywhere.
    found = {401, 403, 422, 429, *operation.pop(PROBLEMS, ())}
    if "{" in path:
        found.add(404)
    if "requestBody" in operation:
        found |= {400, 413, 415}
    return found


def _add_examples(document: Json, part: Json) -> None:
    for content in part.get("content", {}).values():
        example = example_of(document, content.get("schema", {}))
        if example is not None:
            content.setdefault("example", example)


def example_of(document: Json, schema: Json) -> Any:
    """The first example of a schema; of a page or a list, made of the example of its items."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return example_of(document, document["components"]["schemas"][name])
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [example_of(document, schema["items"])]
    if "items" in schema.get("properties", {}):
        items = example_of(document, schema["properties"]["items"])
        return {"items": items} | ({"next": None} if "next" in schema["properties"] else {})
    return None


def _problem_schemas() -> tuple[Json, Json]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return schema.pop("$defs")["ProblemPart"], schema


def _problem_response(status: int) -> Json:
    example = SOME_PROBLEM | {"status": status, "title": HTTPStatus(status).phrase}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    response: Json = {"description": TEXTS[status], "content": {TYPE: content}}
    # Without a valid token there is nothing to count.
    if status != HTTPStatus.UNAUTHORIZED:
        response["headers"] = _rate_headers()
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response["headers"]["Retry-After"] = RETRY_AFTER
    return response


def _rate_headers() -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_HEADERS}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
