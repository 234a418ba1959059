"""Declaring operations: capability, answer and documentation in one place.

The name of the view is the operation's id, the first line of its docstring the summary.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from inspect import cleandoc
from typing import Any, ParamSpec, TypeVar, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from ninja import Router
from ninja.errors import ValidationError
from ninja.operation import Operation

from fleetward.access.contracts import Capability
from fleetward.api.auth import TokenAuth

P = ParamSpec("P")
R = TypeVar("R")
PROBLEMS, MEDIA_TYPE, VERSIONED = "x-problems", "x-media-type", "x-versioned"
ACROSS = "x-across"
HAS_ETAG = {VERSIONED: True}
SPANS = {ACROSS: True}


def call(
    router: Router,
    place: str,
    *,
    needs: Capability,
    answers: Any = None,
    status: int = 200,
    problems: Collection[int] = (),
    extra: dict[str, Any] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a view the operation of `router` at `place`, its method and its path.

    `answers` is the schema of the answer, or a media type for what is no JSON. `problems` are
    statuses of refusals beyond those which follow from what the operation takes. `extra`: more for
    the document, such as `HAS_ETAG`, or `SPANS`: with a token of a partner it is about all of its
    customers (T5), or about the one that it names (`auth.caller_in`).
    """
    method, path = place.split(" ")
    is_json = not isinstance(answers, str)

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        text = cleandoc(view.__doc__ or "")
        router.api_operation(
            [method],
            path,
            auth=TokenAuth(needs, spans=ACROSS in (extra or {})),
            response={status: answers if is_json else None},
            operation_id=view.__name__,
            url_name=view.__name__,
            summary=text.partition("\n")[0].rstrip("."),
            description=text,
            openapi_extra={
                **(extra or {}),
                "x-right": str(needs),
                PROBLEMS: sorted(problems),
                **({} if is_json else {MEDIA_TYPE: answers}),
            },
        )(view)
        operation = cast(Operation, cast(Any, view)._ninja_operation)
        operation.view_func = _strict(view, query_parameters(operation), takes_body(operation))
        return view

    return declare


def query_parameters(operation: Operation) -> frozenset[str]:
    """The names that an operation takes in its query string."""
    models = [m for m in operation.models if m.__ninja_param_source__ == "query"]
    return frozenset(name for m in models for name in cast(Any, m).__ninja_flatten_map__)


def takes_body(operation: Operation) -> bool:
    """Whether an operation reads a body, by itself or as the document says that it does."""
    sources = {model.__ninja_param_source__ for model in operation.models}
    return "body" in sources or "requestBody" in (operation.openapi_extra or {})


def _strict(view: Callable[P, R], known: frozenset[str], reads_body: bool) -> Callable[P, R]:
    """Refuse what would be ignored: a mistyped filter must not widen a list, nor a lost body."""

    @wraps(view)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        request = cast(HttpRequest, args[0])
        given = list(request.GET.lists())
        problems = [(name, "There is no such parameter") for name, _ in given if name not in known]
        problems += [(name, "Holds the character NUL") for name, v in given if "\0" in "".join(v)]
        found = [{"loc": ("query", name), "msg": what} for name, what in problems]
        if not reads_body and _says_something(request):
            found.append({"loc": ("body",), "msg": "This takes no body"})
        if found:
            raise ValidationError(found)
        return view(*args, **kwargs)

    return inner


def _says_something(request: HttpRequest) -> bool:
    """Whether there is a body; many programs send an empty object where there is nothing to say."""
    try:
        return request.body.strip() not in {b"", b"{}"}
    except RequestDataTooBig:
        return True
