"""The API's documentation as a page, drawn from the OpenAPI document: no third-party script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from fleetward.web.door import View
from fleetward.web.render import plain_shell, render_framed

Json = Mapping[str, Any]
TONES = {"GET": "info", "POST": "good", "PUT": "warn", "PATCH": "warn", "DELETE": "bad"}
# How far fields of fields are shown; an answer is two levels deep at most.
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class FieldView:
    """A parameter, or a field of a body by its path such as `warranty.status`."""

    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class BodyView:
    """What is sent or answered: its media types, its fields and an example."""

    kinds: str
    fields: Sequence[FieldView]
    example: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """One call: what it does, what it takes, and what it answers."""

    anchor: str
    method: str
    tone: str
    path: str
    title: str
    text: str
    right: str
    parameters: Sequence[FieldView]
    request: BodyView | None
    status: str
    answer: BodyView | None
    refusals: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TagView:
    anchor: str
    name: str
    text: str
    operations: Sequence[OperationView]


def tags_of(document: Json) -> list[TagView]:
    """The operations of an OpenAPI document by their tag, in the document's order of tags."""
    by_tag: dict[str, list[OperationView]] = {}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            view = _operation(document, address, method.upper(), operation)
            by_tag.setdefault(operation["tags"][0], []).append(view)
    return [
        TagView(tag["name"].replace(" ", "-"), tag["name"], tag["description"], by_tag[tag["name"]])
        for tag in document["tags"]
        if tag["name"] in by_tag
    ]


def _operation(document: Json, address: str, method: str, operation: Json) -> OperationView:
    responses = {str(status): _resolve(document, r) for status, r in operation["responses"].items()}
    status = min(responses)
    return OperationView(
        anchor=operation["operationId"],
        method=method,
        tone=TONES.get(method, "quiet"),
        path=address,
        title=operation["summary"],
        text=operation["description"].partition("\n")[2].strip(),
        right=operation.get("x-right", ""),
        parameters=[_parameter(document, p) for p in operation["parameters"]],
        request=_body(document, operation.get("requestBody", {})),
        status=status,
        answer=_body(document, responses[status]),
        refusals=[(s, r["description"]) for s, r in responses.items() if s != status],
    )


def _parameter(document: Json, parameter: Json) -> FieldView:
    return FieldView(
        name=parameter["name"],
        place=parameter["in"],
        kind=_kind(document, parameter["schema"]),
        is_required=bool(parameter.get("required")),
        text=parameter.get("description", ""),
    )


def _body(document: Json, body: Json) -> BodyView | None:
    content: Json = body.get("content", {})
    if not content:
        return None
    media = next(iter(content.values()))
    fields = list(_fields(document, media["schema"]))
    return BodyView(", ".join(content), fields, _example(media.get("example", "")))


def _example(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2)


def _fields(document: Json, part: Json, above: str = "", depth: int = 1) -> Iterator[FieldView]:
    """Fields, and the fields of those that are objects or lists of them, by their path."""
    whole = _whole(document, part)
    required: Iterable[str] = whole.get("required", ())
    for name, field in whole.get("properties", {}).items():
        text = field.get("description") or _resolve(document, field).get("description", "")
        kind = _kind(document, field)
        yield FieldView(above + name, "", kind, name in required, text)
        if depth < DEEPEST:
            yield from _fields(document, field, f"{above}{name}.", depth + 1)


def _whole(document: Json, part: Json) -> Json:
    """The object behind a reference, a list of objects, or an object that may be null."""
    whole = _resolve(document, part)
    choices = [c for c in whole.get("anyOf", ()) if c.get("type") != "null"]
    if len(choices) == 1:
        return _whole(document, choices[0])
    return _whole(document, whole["items"]) if "items" in whole else whole


def _resolve(document: Json, part: Json) -> Json:
    found: Any = part
    if "$ref" in part:
        found = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
    return dict(found)


def _kind(document: Json, part: Json) -> str:
    """A type in a few words, such as `string (date) or null`."""
    whole = _resolve(document, part)
    if "anyOf" in whole:
        return " | ".join(_kind(document, choice) for choice in whole["anyOf"])
    if "enum" in whole:
        return " | ".join(str(value) for value in whole["enum"])
    if whole.get("type") == "array":
        return f"[{_kind(document, whole.get('items', {}))}]"
    name = str(whole.get("type", "any"))
    return f"{name} ({whole['format']})" if "format" in whole else name


def docs_page(read_document: Callable[[], Json]) -> View:
    """The view of the documentation; the root URLs hand in the API's own description."""

    def api_docs(request: HttpRequest) -> HttpResponseBase:
        """Every call of /api/v1."""
        return render_framed(
            request,
            "api/docs.html",
            shell=plain_shell(request, _("API documentation")),
            context={
                "tags": tags_of(read_document()),
                "root": request.build_absolute_uri("/api/v1"),
            },
        )

    return api_docs
