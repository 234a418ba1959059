"""`fleetward worker`: works off the job queue."""

from __future__ import annotations

import gc
from typing import Any

import click
from procrastinate.contrib.django import app

from fleetward.cli.fitness import refuse_unfit_installation
from fleetward.config.env import env
from fleetward.infra.logging import configure

THREADS = 6
# A job that is not done by then is cut off and comes back: jobs may run twice.
SHUTDOWN_SECONDS = 3.0
POLL_SECONDS = 2.0
# Answers and rows come by the thousand and go at once: looking for cycles among them more often
# than this takes a third of a worker's time.
GARBAGE_THRESHOLDS = (100_000, 20, 20)


@click.command()
@click.option("--threads", default=THREADS, show_default=True, help="Jobs at a time.")
def worker(threads: int) -> None:
    """Run the worker until it is stopped; it finishes or gives back what it is doing."""
    settings = env()
    refuse_unfit_installation(settings)
    configure(settings.log_format)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    connector: Any = app.connector
    with app.replace_connector(connector.get_worker_connector()) as worker_app:
        worker_app.run_worker(
            concurrency=threads,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=SHUTDOWN_SECONDS,
            delete_jobs="never",
        )
