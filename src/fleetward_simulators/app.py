"""All simulated vendors as one application: each under its own prefix."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from fleetward_simulators.apple import Apple
from fleetward_simulators.cisco import Cisco
from fleetward_simulators.dell import Dell
from fleetward_simulators.desk import HEADER, Desk
from fleetward_simulators.dials import dials_from
from fleetward_simulators.dynabook import Dynabook
from fleetward_simulators.hp import Hp
from fleetward_simulators.lenovo import Lenovo


class Endpoints(Protocol):
    """What a simulated vendor is to the application."""

    def routes(self) -> list[BaseRoute]: ...


VENDORS: Mapping[str, tuple[str, Callable[[Desk], Endpoints]]] = {
    "dell": ("Dell TechDirect", Dell),
    "lenovo": ("Lenovo Support API", Lenovo),
    "hp": ("HP Warranty API", Hp),
    "cisco": ("Cisco Support API", Cisco),
    "dynabook": ("Dynabook Support", Dynabook),
    "apple": ("Apple Business and School Manager", Apple),
}
INDEX = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Simulators</title></head>'
    "<body><h1>These are Fleetward's vendor simulators</h1><p>They are for development and "
    "demonstration. Nothing that they say about any machine is true.</p><ul>{items}</ul></body>"
    "</html>"
)


def build(environ: Mapping[str, str] | None = None) -> Starlette:
    """The application, with dials as the environment sets them."""
    variables = os.environ if environ is None else environ
    routes: list[BaseRoute] = [Route("/", _index)]
    for vendor, (name, endpoints) in VENDORS.items():
        desk = Desk(vendor, name, dials_from(variables, vendor))
        routes.append(Mount(f"/{vendor}", routes=endpoints(desk).routes()))
    return Starlette(routes=routes)


async def _index(_request: Request) -> Response:
    items = "".join(f'<li><a href="/{v}/">{name}</a></li>' for v, (name, _) in VENDORS.items())
    return HTMLResponse(INDEX.format(items=items), headers={HEADER: "all"})
