"""The route table `matrices/routes.csv`, what the resolver really has, and addresses to ask."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import Operation, PathView

from fleetward.access.contracts import Capability
from fleetward.access.rules import CAPABILITIES, may
from fleetward.api.app import api
from fleetward.tenancy.contracts import ManagingRole, Role, TenantKind

TABLE = Path(__file__).parent / "matrices" / "routes.csv"
NEVER = "00000000-0000-4000-8000-000000000000"
API = "/api/v1"
PUBLIC, SIGNED_IN = "-", "signed-in"
# What machines ask, with a PIN or a credential (tests/api/test_agents.py).
AGENT = "agent"
WORDS = {
    "which": "outcomes",
    "kind": "csv",
    "uidb36": "a",
    "key": "b-c",
    "provider": "dell",
    "programme": "RESELL",
    "tenant": "0000000000",
}
# From the one with the fewest rights up.
ROLES = (Role.REPORT_ADMIN, Role.DEVICE_ADMIN, Role.IT_ADMIN)
# A customer that a partner manages: what only users of its partner may do there.
MANAGED = "MANAGED"
# Of tenants of a kind, likewise. The first kind whose strongest role has a right is a route's own.
ROLES_OF: Mapping[str, tuple[Role | ManagingRole, ...]] = {
    TenantKind.CUSTOMER: ROLES,
    TenantKind.PARTNER: (Role.PARTNER_SERVICE, Role.PARTNER_ADMIN),
    TenantKind.VENDOR: (Role.OPERATOR,),
    MANAGED: (ManagingRole.MANAGING_SPECIALIST, ManagingRole.MANAGING_ADMIN),
}


@dataclass(frozen=True)
class Route:
    """A row of the table."""

    method: str
    route: str
    name: str
    capability: str

    @property
    def is_api(self) -> bool:
        return _is_operation(self.route, self.name)

    @property
    def is_of_tenant(self) -> bool:
        return self.capability not in {PUBLIC, SIGNED_IN, AGENT}

    @property
    def kind(self) -> str:
        """The kind of tenant in which it is there: nobody of those before it ever has its right."""
        needed = Capability(self.capability)
        return next(kind for kind, roles in ROLES_OF.items() if may(roles[-1], needed))

    @property
    def roles(self) -> tuple[Role | ManagingRole, ...]:
        return ROLES_OF[self.kind]

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(p for p in re.findall(r"<(\w+)>", self.route) if p != "customer_id")

    @property
    def strongest_without(self) -> Role | ManagingRole | None:
        """The role with the most rights that lacks this one; None when every role has it."""
        without = (r for r in reversed(self.roles) if not may(r, Capability(self.capability)))
        return next(without, None)

    @property
    def weakest_with(self) -> Role | ManagingRole:
        return next(role for role in self.roles if may(role, Capability(self.capability)))


@contextmanager
def nobody_may(capability: str) -> Iterator[None]:
    """While every role lacks this one right and keeps all others: what opens a door then is not
    asked for that right.
    """
    right = Capability(capability)
    with pytest.MonkeyPatch.context() as patch:
        for role, rights in CAPABILITIES.items():
            patch.setitem(CAPABILITIES, role, rights - {right})  # type: ignore[arg-type]
        yield


@cache
def table() -> tuple[Route, ...]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(Route(**row) for row in csv.DictReader(lines))


def page_patterns() -> dict[str, URLPattern]:
    """Every pattern of a page by its route, such as `/t/<customer_id>/devices/`."""
    found = dict(_walk(get_resolver(), "/"))
    return {route: p for route, p in found.items() if not _is_operation(route, str(p.name))}


def _is_operation(route: str, name: str) -> bool:
    return route.startswith(f"{API}/") and name not in {"api_docs", "openapi-json"}


def _walk(resolver: URLResolver, above: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = above + simplify_regex(str(entry.pattern)).lstrip("/")
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        elif entry.callback.__name__ != "nothing_here":
            yield re.sub(r"<\w+:(\w+)>", r"<\1>", route), entry


def operations() -> dict[tuple[str, str], Operation]:
    """Every operation of the API by method and route."""
    found: dict[tuple[str, str], Operation] = {}
    for prefix, router in api._routers:
        views: Mapping[str, PathView] = router.path_operations
        for path, view in views.items():
            route = re.sub(r"{(?:\w+:)?(\w+)}", r"<\1>", f"{API}{prefix}{path}")
            for operation in view.operations:
                found.update({(method, route): operation for method in operation.methods})
    return found


def address(route: Route, *, customer_id: str, values: Mapping[str, str]) -> str:
    """Where to ask: the route with its parameters filled in."""
    given = {"customer_id": customer_id, **values}
    return re.sub(r"<(\w+)>", lambda found: given[found[1]], route.route)


def never_values(route: Route) -> dict[str, str]:
    """Values that never named anything."""
    return {name: WORDS.get(name, NEVER) for name in route.parameters}


def has_object(route: Route) -> bool:
    """Whether the address names something that belongs to a tenant."""
    return any(name in {"uid", "reference"} or name.endswith("_id") for name in route.parameters)


def text_of(answer: Any) -> str:
    """The whole body, of a download too."""
    body: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode("utf-8", errors="replace")
