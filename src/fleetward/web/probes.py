"""What load balancers and monitoring ask: is the process alive, and can it do its work.

Answered before sessions, languages and host names are looked at, because a probe calls by address.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from fleetward.config.env import env
from fleetward.infra.health import look

GetResponse = Callable[[HttpRequest], HttpResponse]


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing else."""
    return _answered({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Requests can be served. Without a worker they can: that is `degraded`, and no failure."""
    health = look(env().sealing_key_file)
    status = HTTPStatus.OK if health.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return _answered({"status": health.status, **health.parts}, status)


def _answered(body: dict[str, str], status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response


PROBES = {"/health/live": live, "/health/ready": ready}
urlpatterns = [
    path(where.lstrip("/"), view, name=f"health_{view.__name__}") for where, view in PROBES.items()
]


def probes(get_response: GetResponse) -> GetResponse:
    """The middleware that answers them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path_info)
        return view(request) if view else get_response(request)

    return middleware
