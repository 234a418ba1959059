"""`fleetward serve`: the web server, started only on a database and keys that fit."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
from django.conf import settings as django_settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from fleetward.cli.fitness import refuse_unfit_installation
from fleetward.config.env import env
from fleetward.infra.folder_lock import folder_lock

# Of each process. A thread waits for a body as long as it comes in: with one, two slow uploads
# would hold up everybody. Many would only make all answers slow together.
THREADS = 8


@click.command()
@click.option("--port", type=int, help="Instead of FLEETWARD_WEB__PORT.")
@click.option("--workers", type=int, help="Instead of FLEETWARD_WEB__WORKERS.")
def serve(port: int | None, workers: int | None) -> None:
    """Run the web server until it is stopped."""
    settings = env()
    refuse_unfit_installation(settings)
    collect_static_files(Path(django_settings.STATIC_ROOT))
    Granian(
        "fleetward.entry.wsgi:application",
        address=settings.web.host,
        port=port or settings.web.port,
        interface=Interfaces.WSGI,
        workers=workers or settings.web.workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        workers_kill_timeout=5,
    ).serve()


def collect_static_files(target: Path) -> None:
    """Put style sheets, scripts and pictures into `target`, when they have changed.

    Of several servers that start at once on one folder, one does it and the others wait.
    """
    stamp, present = target / ".collected", fingerprint_of_static_files()
    target.mkdir(parents=True, exist_ok=True)
    with folder_lock(target):
        if stamp.exists() and stamp.read_text(encoding="ascii") == present:
            return
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(present, encoding="ascii")


def fingerprint_of_static_files() -> str:
    """Names the static files of all applications by path, size and time."""
    total = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            total.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return total.hexdigest()
