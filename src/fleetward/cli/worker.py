"""`fleetward worker`: works off the job queue."""

from __future__ import annotations

import gc

import click

from fleetward.cli.fitness import refuse_unfit_installation
from fleetward.config.env import env
from fleetward.infra.logging import configure
from fleetward.infra.workers import WorkerEnded, pools_of, work

THREADS = 6
# Answers and rows come by the thousand and go at once: looking for cycles among them more often
# than this takes a third of a worker's time.
GARBAGE_THRESHOLDS = (100_000, 20, 20)


@click.command()
@click.option(
    "--threads",
    default=THREADS,
    show_default=True,
    help="Jobs at a time, beside imports, changes in bulk and what comes by the clock.",
)
def worker(threads: int) -> None:
    """Run the worker until it is stopped; it finishes or gives back what it is doing.

    It ends by itself, with status 1, when it loses the database: whoever watches over it starts it
    again.
    """
    settings = env()
    refuse_unfit_installation(settings)
    configure(settings.log_format)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        work(pools_of(threads))
    except WorkerEnded as error:
        raise click.ClickException(f"The worker cannot go on: {error}") from error
