"""The PostgreSQL server of a test run: made, migrated once, cloned for whoever needs a database.

Without TEST_DATABASE_URL (an administrator's URL) an embedded server is started in the run's own
folder. A migrated copy of its files is kept in var/tests, named by what it was made from.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from fleetward.infra.embedded_postgres import Cluster, Roles, provision
from fleetward.infra.embedded_postgres.places import server_account, socket_folder

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "tests"
TEMPLATE = "fleetward_template"
OWNER, APP = "fleetward_owner", "fleetward_app"
PASSWORD = "only-on-the-test-server"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
}


@dataclass
class Server:
    """Where databases are made. `cluster` is None for a server of somebody else's."""

    admin_url: str
    cluster: Cluster | None = None

    def url(self, role: str, database: str) -> str:
        """The address of `database` for a role."""
        if self.cluster is not None:
            return self.cluster.url(role, database)
        parts = conninfo_to_dict(self.admin_url)
        host, port = parts.get("host", "127.0.0.1"), parts.get("port", "5432")
        return f"postgresql://{role}:{PASSWORD}@{host}:{port}/{database}"

    def clone(self, database: str) -> None:
        """Make `database` anew from the migrated template."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            admin.execute(
                f'CREATE DATABASE "{database}" TEMPLATE "{TEMPLATE}" OWNER {OWNER}'
                " STRATEGY file_copy"
            )

    def drop(self, database: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database of one's own, dropped afterwards."""
        name = f"fresh_{secrets.token_hex(6)}"
        self.clone(name)
        try:
            yield name
        finally:
            self.drop(name)

    def stop(self) -> None:
        if self.cluster is not None:
            self.cluster.stop()
            shutil.rmtree(self.cluster.home, ignore_errors=True)
            shutil.rmtree(socket_folder(self.cluster.home), ignore_errors=True)


def known_server(run_dir: Path) -> Server:
    """The server of a run, whether it has been started or not."""
    external = os.environ.get("TEST_DATABASE_URL", "")
    if external:
        return Server(external)
    cluster = Cluster(run_dir / "postgres", SETTINGS)
    return Server(cluster.superuser_url, cluster)


def start(server: Server) -> None:
    """Bring the server up with a migrated template database."""
    if server.cluster is None:
        _make_template(server)
        return
    kept = KEPT / f"postgres-{digest_of_schema()}"
    if kept.exists():
        _restore(kept, server.cluster)
        server.cluster.start()
        return
    server.cluster.start()
    _make_template(server)
    server.cluster.stop()
    _keep(server.cluster, kept)
    server.cluster.start()


def digest_of_schema() -> str:
    """Names everything that the template database is made from."""
    source = ROOT / "src" / "fleetward"
    files = [
        *source.glob("*/migrations/*.py"),
        *source.glob("*/sql/*.sql"),
        *source.glob("infra/*.py"),
        *source.glob("infra/embedded_postgres/*.py"),
        source / "config" / "settings.py",
        ROOT / "requirements" / "runtime.txt",
    ]
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return total.hexdigest()[:16]


def migrate(server: Server, database: str) -> None:
    """Run `fleetward migrate` on a database, as an operator would."""
    environment = {
        **os.environ,
        "DATABASE_URL": server.url(APP, database),
        "FLEETWARD_MIGRATE_DATABASE_URL": server.url(OWNER, database),
    }
    command = [sys.executable, "-m", "fleetward.cli.main", "migrate", "--quiet"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"migrations failed\n{done.stdout}\n{done.stderr}")


def roles_of(server: Server) -> Roles:
    """Our two roles; an embedded server knows its peers."""
    password = None if server.cluster else PASSWORD
    return Roles(OWNER, APP, owner_password=password, app_password=password)


def _make_template(server: Server) -> None:
    server.drop(TEMPLATE)
    provision(server.admin_url, TEMPLATE, roles_of(server))
    migrate(server, TEMPLATE)


def _keep(cluster: Cluster, kept: Path) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in sorted(KEPT.glob("postgres-*"), key=lambda p: p.stat().st_mtime)[:-3]:
        shutil.rmtree(old, ignore_errors=True)
    fresh = KEPT / f".new-{secrets.token_hex(4)}"
    shutil.copytree(cluster.data, fresh)
    try:
        fresh.rename(kept)
    except OSError:
        shutil.rmtree(fresh)


def _restore(kept: Path, cluster: Cluster) -> None:
    shutil.copytree(kept, cluster.data)
    cluster.data.chmod(0o700)
    account = server_account()
    if account is not None:
        for path in [cluster.data, *cluster.data.rglob("*")]:
            os.chown(path, account.pw_uid, account.pw_gid)
