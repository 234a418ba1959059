"""`fleetward metrics`: what this machine's processes count, for Prometheus.

A process of its own, since web workers are many and come and go: whoever reads reaches one of them.
"""

from __future__ import annotations

import click
from prometheus_client import start_http_server

from fleetward.config.env import BadEnvironment, env
from fleetward.infra.logging import configure
from fleetward.infra.metric_page import page_for

NO_PORT = (
    "FLEETWARD_METRICS__PORT is not set: nothing is counted without it. Set it for the web server "
    "and the workers of this machine as well."
)


@click.command()
def metrics() -> None:
    """Serve counts and the state of the queue until it is stopped. Anybody who reaches it reads."""
    settings = env()
    if not settings.metrics.port:
        raise BadEnvironment(NO_PORT)
    configure(settings.log_format)
    _server, thread = start_http_server(
        settings.metrics.port, settings.metrics.host, page_for(settings.metrics_folder)
    )
    thread.join()
