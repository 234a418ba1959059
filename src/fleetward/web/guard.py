"""Templates that cannot ask the database: what a page shows was put together before (design, 11).

In force in debug, and for all tests; a page that is served to somebody is shown in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn

from django.db import connection
from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates, Template

Render = Callable[..., Any]


class QueryWhileRendering(Exception):
    """A template asked the database; its view model must hold what it shows."""


@contextmanager
def no_queries() -> Iterator[None]:
    """Refuse every statement of this thread. Raises: QueryWhileRendering."""
    with connection.execute_wrapper(_refuse):
        yield


def _refuse(execute: object, statement: str, *rest: object) -> NoReturn:
    raise QueryWhileRendering(statement)


def guarded(render: Render) -> Render:
    """A template's `render` under the guard."""

    @wraps(render)
    def inner(self: Template, context: Any = None, request: HttpRequest | None = None) -> Any:
        with no_queries():
            return render(self, context, request)

    return inner


class GuardedTemplate(Template):
    render = guarded(Template.render)


class GuardedTemplates(DjangoTemplates):
    """Django's templates under the guard; a backend for `TEMPLATES`."""

    def from_string(self, template_code: str) -> GuardedTemplate:
        return GuardedTemplate(super().from_string(template_code).template, self)

    def get_template(self, template_name: str) -> GuardedTemplate:
        return GuardedTemplate(super().get_template(template_name).template, self)
