"""The REST interface /api/v1 (C6): its routers, its errors and its OpenAPI file."""

from __future__ import annotations

from importlib import import_module

from ninja import NinjaAPI

from fleetward import __version__
from fleetward.api import errors
from fleetward.api.auth import TokenAuth

# Modules of `api.v1`; each has a `router`.
ROUTERS = ("account", "dashboard")

api = NinjaAPI(
    title="Fleetward",
    version=__version__,
    description="Devices, their warranty at every vendor, and who looks after them.",
    urls_namespace="api",
    auth=TokenAuth(),
    openapi_url="/openapi.json",
    docs_url=None,
)
errors.install(api)
for name in ROUTERS:
    api.add_router("", import_module(f"fleetward.api.v1.{name}").router)
