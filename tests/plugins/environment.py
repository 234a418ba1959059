"""Loaded before Django reads its settings: every run has its own folder and environment."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from fleetward.infra.crypto import create_key_file
from tests.plugins import server as servers

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
OWN_DATABASE = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
LOOPBACK = "127.0.0.1,::1"


def run_dir() -> Path:
    """The folder of this run, shared with the workers that it starts."""
    if "TEST_RUN_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="fleetward-tests-")
        # The database server, which may run as another user, walks through it.
        Path(folder).chmod(0o711)
        os.environ["TEST_RUN_DIR"] = folder
    return Path(os.environ["TEST_RUN_DIR"])


DATA_DIR = run_dir() / f"var-{OWN_DATABASE}"
KEYS = DATA_DIR / "keys" / "sealing.keys"


def prepare() -> servers.Server:
    """Replace the user's FLEETWARD_ variables by the run's; returns the server, not yet started."""
    for name in [n for n in os.environ if n.startswith("FLEETWARD_") or n in {"PORT"}]:
        del os.environ[name]
    server = servers.known_server(run_dir())
    # One key for all workers, which have the rest to themselves: what has no row in its database, a
    # worker forgets.
    key = run_dir() / "sealing.keys"
    create_key_file(key)
    KEYS.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(key, KEYS)
    # WhiteNoise warns of a missing directory, and warnings are errors here.
    (DATA_DIR / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        DATABASE_URL=server.url(servers.APP, OWN_DATABASE),
        FLEETWARD_DATA_DIR=str(DATA_DIR),
        FLEETWARD_OUTGOING__ALLOW_INTERNAL=LOOPBACK,
        DJANGO_SETTINGS_MODULE="fleetward.config.settings",
        # Playwright keeps a loop in the thread of the tests; Django would refuse to work beside it.
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )
    return server


SERVER = prepare()
_started = IS_WORKER


def started_server() -> servers.Server:
    """The server of this run, started when first asked for (by the controller under xdist)."""
    global _started  # noqa: PLW0603 - one server for a process
    if not _started:
        servers.start(SERVER)
        _started = True
    return SERVER


def pytest_configure(config: pytest.Config) -> None:
    # Workers come and go; the server must live as long as the whole run.
    if not IS_WORKER and getattr(config.option, "numprocesses", None):
        started_server()


def pytest_unconfigure() -> None:
    if not IS_WORKER:
        SERVER.stop()
        shutil.rmtree(run_dir(), ignore_errors=True)
