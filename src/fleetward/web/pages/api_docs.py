"""The API's documentation as a page, drawn from the OpenAPI file: no third-party script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from fleetward.web.door import View
from fleetward.web.render import plain_shell, render_framed

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ParameterView:
    name: str
    place: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """One call: what it does, what it takes and what it answers."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    parameters: Sequence[ParameterView]
    fields: Sequence[ParameterView]
    answers: Sequence[ParameterView]


@dataclass(frozen=True, slots=True)
class TagView:
    name: str
    operations: Sequence[OperationView]


def tags_of(schema: Json) -> list[TagView]:
    """The calls of an OpenAPI document by their first tag, in the document's order."""
    by_tag: dict[str, list[OperationView]] = {}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(schema, address, method, operation))
    return [TagView(name, operations) for name, operations in by_tag.items()]


def _operation(schema: Json, address: str, method: str, operation: Json) -> OperationView:
    text = str(operation.get("description") or "").strip()
    return OperationView(
        anchor=str(operation["operationId"]),
        method=method.upper(),
        path=address,
        title=text.split("\n", 1)[0] or str(operation.get("summary", "")),
        text=text.partition("\n")[2].strip(),
        parameters=[_parameter(schema, p) for p in operation.get("parameters", ())],
        fields=list(_body(schema, operation.get("requestBody", {}))),
        answers=list(_body(schema, _success(operation.get("responses", {})))),
    )


def _success(responses: Json) -> Json:
    good = [body for status, body in responses.items() if str(status).startswith("2")]
    return good[0] if good else {}


def _parameter(schema: Json, parameter: Json) -> ParameterView:
    return ParameterView(
        name=parameter["name"],
        place=parameter["in"],
        kind=_kind(schema, parameter.get("schema", {})),
        is_required=bool(parameter.get("required")),
        text=str(parameter.get("description", "")),
    )


def _body(schema: Json, body: Json) -> Iterator[ParameterView]:
    for media in body.get("content", {}).values():
        yield from _fields(schema, media.get("schema", {}))


def _fields(schema: Json, part: Json) -> Iterator[ParameterView]:
    whole = _resolve(schema, part)
    if "items" in whole:
        whole = _resolve(schema, whole["items"])
    required: Iterable[str] = whole.get("required", ())
    for name, field in whole.get("properties", {}).items():
        text = str(_resolve(schema, field).get("description", field.get("description", "")))
        yield ParameterView(name, "body", _kind(schema, field), name in required, text)


def _resolve(schema: Json, part: Json) -> Json:
    reference = part.get("$ref", "")
    if not reference:
        return part
    return dict(schema["components"]["schemas"][reference.rsplit("/", 1)[1]])


def _kind(schema: Json, part: Json) -> str:
    """A type in a few words, such as `string (date) or null`."""
    if "anyOf" in part:
        return " | ".join(_kind(schema, choice) for choice in part["anyOf"])
    whole = _resolve(schema, part)
    if "enum" in whole:
        return " | ".join(str(value) for value in whole["enum"])
    if whole.get("type") == "array":
        return f"[{_kind(schema, whole.get('items', {}))}]"
    name = str(whole.get("type", "any"))
    return f"{name} ({whole['format']})" if "format" in whole else name


def docs_page(read_schema: Callable[[], Json]) -> View:
    """The view of the documentation; the root URLs hand in the API's own description."""

    def api_docs(request: HttpRequest) -> HttpResponseBase:
        """Every call of /api/v1."""
        return render_framed(
            request,
            "api/docs.html",
            shell=plain_shell(request, _("API documentation")),
            context={"tags": tags_of(read_schema())},
        )

    return api_docs
