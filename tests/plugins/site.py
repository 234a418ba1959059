"""`live_site`: web server, worker and simulators as real processes on a database of their own.

It belongs to a module: all its tests share it, and Django in the test process is connected to the
same database, so that tests prepare data by actions and look at the outcome.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest
from pytest_django.plugin import DjangoDbBlocker

from fleetward.cli.ports import free_port
from tests.plugins.database import FreshDatabase, committed_database
from tests.plugins.environment import run_dir
from tests.plugins.server import ROOT
from tests.simulators import VENDORS, Simulators, running_simulators

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ONLY_HERE = {"DJANGO_ALLOW_ASYNC_UNSAFE"}


@dataclass
class Site:
    """A running installation. Processes can be killed and started again by name."""

    url: str
    database: FreshDatabase
    simulators: Simulators
    environment: dict[str, str]
    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `fleetward <arguments>` under a name; its output goes to a log of that name."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = _launch(arguments, self.environment, log)
        return self.running[name]

    def kill(self, name: str) -> None:
        """`kill -9` of a process and its children."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def command(self, *arguments: str) -> str:
        """Run `fleetward <arguments>` to its end; its output."""
        command = [sys.executable, "-m", "fleetward.cli.main", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log_of(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ask all processes to stop, and end those that do not."""
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for name, process in list(self.running.items()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            self.kill(name)


@contextlib.contextmanager
def running_site(
    database: FreshDatabase,
    simulators: Simulators,
    *,
    has_worker: bool = True,
    web_workers: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """A site on `database` while the block runs, with more `settings` than usual."""
    port = free_port()
    site = Site(
        url=f"http://127.0.0.1:{port}",
        database=database,
        simulators=simulators,
        environment={**_environment(database, simulators, port), **(settings or {})},
        logs=run_dir() / f"logs-{database.name}",
    )
    site.logs.mkdir()
    try:
        site.start("web", "serve", "--workers", str(web_workers))
        if has_worker:
            site.start("worker", "worker")
        _wait_for_page(site, port)
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def live_site(django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """See the module. Do not ask for `db` or `fresh_database` in the same module."""
    with (
        committed_database(django_db_blocker) as database,
        running_simulators() as simulators,
        running_site(database, simulators) as site,
    ):
        yield site


def _environment(database: FreshDatabase, simulators: Simulators, port: int) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in ONLY_HERE},
        "DATABASE_URL": database.url,
        "DJANGO_SETTINGS_MODULE": "tests.plugins.site_settings",
        "FLEETWARD_WEB__PORT": str(port),
        "FLEETWARD_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        **{
            f"FLEETWARD_PROVIDERS__{vendor.upper()}__BASE_URL": simulators.base_url(vendor)
            for vendor in VENDORS
        },
    }


def _launch(
    arguments: Sequence[str], environment: dict[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "fleetward.cli.main", *arguments],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def _wait_for_page(site: Site, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except OSError:
            for name, process in site.running.items():
                assert process.poll() is None, site.log_of(name)
            assert time.monotonic() < deadline, site.log_of("web")
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
