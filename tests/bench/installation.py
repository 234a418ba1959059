"""The installation that is measured: a server of its own, migrated, thrown away afterwards.

The product works as the application's role under row-level security; bare limits are the
superuser's, whom nothing but the tables themselves slows down.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from fleetward.cli.ports import free_port
from fleetward.infra.crypto import create_key_file
from fleetward.infra.embedded_postgres import Cluster, Roles, provision
from fleetward.infra.embedded_postgres.cluster import SUPERUSER, settings_for_this_machine
from fleetward.infra.embedded_postgres.places import home_for, socket_folder
from tests.simulators import VENDORS, Simulators, running_simulators

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "bench"
# Counts what statements take inside of PostgreSQL; the settings are otherwise the product's own.
COUNTING = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}
LOG = "processes.log"
STOP_SECONDS = 20.0


@dataclass
class Installation:
    """Addresses and processes. `admin` is the superuser's connection to the measured database."""

    folder: Path
    environment: dict[str, str]
    admin: psycopg.Connection[Any]
    admin_url: str
    simulators: Simulators
    port: int
    load_before: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settle(self) -> None:
        """The same start for every measurement: nothing left to write, statistics up to date."""
        self.admin.execute("VACUUM ANALYZE")
        self.admin.execute("CHECKPOINT")

    @contextmanager
    def serving(
        self, *arguments: str, settings: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """`fleetward <arguments>` while the block runs."""
        with self.running("fleetward.cli.main", *arguments, settings=settings) as process:
            yield process

    @contextmanager
    def running(
        self, module: str, *arguments: str, settings: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """`python -m <module> <arguments>` while the block runs."""
        log = (self.folder / LOG).open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**self.environment, **(settings or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            yield process
        finally:
            _end(process)
            log.close()

    def wait_for_page(self, path: str = "/account/login/") -> None:
        """Raises: TimeoutError, when the web server does not answer."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}{path}", timeout=30, trust_env=False)
                return
            time.sleep(0.1)
        log = (self.folder / LOG).read_text(encoding="utf-8", errors="replace")
        raise TimeoutError(f"the web server does not answer: {log[-2000:]}")


@contextmanager
def installed() -> Iterator[Installation]:
    """A migrated installation with simulators; everything is removed at the end."""
    load_before = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="fleetward-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        # The database server, which may run as another user, walks through it.
        folder.chmod(0o711)
        home = home_for(folder)
        stack.callback(shutil.rmtree, socket_folder(home), ignore_errors=True)
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        cluster = Cluster(home, {**settings_for_this_machine(), **COUNTING})
        cluster.start()
        stack.callback(cluster.stop)
        simulators = stack.enter_context(running_simulators())
        roles, port = Roles(), free_port()
        provision(cluster.superuser_url, DATABASE, roles)
        environment = _environment(folder, cluster, roles, simulators, port)
        _migrate(environment)
        admin_url = cluster.url(SUPERUSER, DATABASE)
        admin = stack.enter_context(psycopg.connect(admin_url, autocommit=True))
        # Planned anew each time, as a statement of the product is.
        admin.prepare_threshold = None
        admin.execute("CREATE EXTENSION pg_stat_statements")
        yield Installation(folder, environment, admin, admin_url, simulators, port, load_before)


def _environment(
    folder: Path, cluster: Cluster, roles: Roles, simulators: Simulators, port: int
) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("FLEETWARD_")}
    keys = folder / "keys" / "sealing.keys"
    create_key_file(keys)
    (folder / "static").mkdir()
    return {
        **own,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DATABASE_URL": cluster.url(roles.app, DATABASE),
        "FLEETWARD_MIGRATE_DATABASE_URL": cluster.url(roles.owner, DATABASE),
        "FLEETWARD_DATA_DIR": str(folder),
        "FLEETWARD_KEY_FILE": str(keys),
        "FLEETWARD_OUTGOING__ALLOW_INTERNAL": "127.0.0.1",
        "FLEETWARD_WEB__PORT": str(port),
        "FLEETWARD_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        # No limit known to us either; the measurement of the quota sets one.
        "FLEETWARD_PROVIDERS__DELL__CALLS_PER_MINUTE": "0",
        **{
            f"FLEETWARD_PROVIDERS__{vendor.upper()}__BASE_URL": simulators.base_url(vendor)
            for vendor in VENDORS
        },
    }


def _migrate(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "fleetward.cli.main", "migrate", "--quiet"]
    subprocess.run(command, env=dict(environment), cwd=ROOT, check=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            return
