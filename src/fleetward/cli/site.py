"""The installation that `fleetward up` runs: its folder, its keys, and the settings it makes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

import fleetward
from fleetward.cli.init import write_private
from fleetward.config.env import BadEnvironment, Env
from fleetward.connectors.registry import installed_keys
from fleetward.infra.crypto import create_key_file, load_keys
from fleetward.infra.embedded_postgres import Cluster, Roles, home_for, provision

DATABASE = "fleetward"
DEMO_CALLS_PER_MINUTE = "600"
PACKAGE = Path(fleetward.__file__).parent


@dataclass(frozen=True)
class Site:
    """Everything of one installation on this machine lies in `folder`.

    Demo data and own data never share one: nobody can take a simulated answer for a real one (W20).
    Nor do two databases: keys open what one database holds, notes say what was done to it.
    """

    folder: Path
    is_demo: bool

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def accounts(self) -> Path:
        """What `fleetward demo` said when it filled the database: whom to sign in as."""
        return self.folder / "demo-accounts.txt"

    @property
    def is_half_made(self) -> bool:
        """Whether somebody stopped us while the demo data were made."""
        return self.making.exists() and not self.accounts.exists()

    @property
    def making(self) -> Path:
        return self.folder / "demo-begun"

    @property
    def migrated(self) -> Path:
        return self.folder / "migrated"

    def cluster(self) -> Cluster:
        return Cluster(home_for(self.folder))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second start out. Raises: BadEnvironment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadEnvironment(f"Fleetward already runs on {self.folder}.") from None
            yield

    def forget_database(self) -> None:
        """Remove the database, for a new one at the next start."""
        shutil.rmtree(home_for(self.folder), ignore_errors=True)
        for note in (self.making, self.migrated):
            note.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove all data, those outside the folder too; for a site with a database of ours."""
        self.forget_database()
        shutil.rmtree(self.folder, ignore_errors=True)


def site_of(settings: Env, is_demo: bool) -> Site:
    """The site of the data folder: one for the demo, one for one's own data, of each database."""
    mark = f"-{digest_of_address(settings.database_url)}" if settings.database_url else ""
    return Site((settings.data_dir / f"{_mode(is_demo)}{mark}").resolve(), is_demo)


def folders_of_other_databases(settings: Env) -> list[Path]:
    """The folders of sites whose database is not ours."""
    return sorted(
        folder.resolve()
        for is_demo in (True, False)
        for folder in settings.data_dir.glob(f"{_mode(is_demo)}-*")
    )


def _mode(is_demo: bool) -> str:
    return "demo" if is_demo else "own"


def digest_of_address(url: str) -> str:
    """Names a database by where it is, so that another role or password makes no difference."""
    parts = conninfo_to_dict(url)
    name = parts.get("dbname") or parts.get("user", "")
    place = (parts.get("host") or parts.get("hostaddr", ""), parts.get("port", "5432"), name)
    return hashlib.sha256("\n".join(map(str, place)).encode()).hexdigest()[:8]


def settings_of(site: Site, settings: Env) -> dict[str, str]:
    """The settings of the site's processes, keys made for a new site. Raises: BadKeyFile."""
    keys = settings.key_file or site.folder / "keys" / "sealing.keys"
    if site.migrated.exists():
        # A new key would open nothing of what this site has stored.
        load_keys(keys)
    else:
        create_key_file(keys)
    made = {
        "FLEETWARD_DATA_DIR": str(site.folder),
        "FLEETWARD_KEY_FILE": str(keys.resolve()),
        "FLEETWARD_DEMO": str(site.is_demo).lower(),
        "FLEETWARD_WEB__PORT": str(settings.web.port),
        "FLEETWARD_WEB__PUBLIC_URL": settings.web.public_url,
    }
    if "secret_key" not in settings.model_fields_set:
        made["FLEETWARD_SECRET_KEY_FILE"] = str(_secret_key_file(site.folder / "keys"))
    return made


def _secret_key_file(folder: Path) -> Path:
    file = folder / "secret.key"
    if not file.exists():
        # Where the sealing keys lie elsewhere, nobody has made it yet.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48))
    return file


def settings_of_simulators(port: int) -> dict[str, str]:
    """Every vendor at its simulator, at a pace that nobody waits for, and the leave to call it."""
    made = {"FLEETWARD_OUTGOING__ALLOW_INTERNAL": "127.0.0.1"}
    for vendor in sorted(installed_keys()):
        prefix = f"FLEETWARD_PROVIDERS__{vendor.upper()}__"
        made[f"{prefix}BASE_URL"] = f"http://127.0.0.1:{port}/{vendor}"
        made[f"{prefix}CALLS_PER_MINUTE"] = DEMO_CALLS_PER_MINUTE
    return made


def provide_database(site: Site, cluster: Cluster) -> dict[str, str]:
    """Make roles and database where they are missing; their addresses."""
    roles = Roles()
    provision(cluster.superuser_url, DATABASE, roles)
    return {
        "DATABASE_URL": cluster.url(roles.app, DATABASE),
        "FLEETWARD_MIGRATE_DATABASE_URL": cluster.url(roles.owner, DATABASE),
    }


def write_environment(site: Site, made: dict[str, str]) -> Path:
    """The settings as a file for `fleetward` commands in another terminal."""
    file = site.folder / "environment"
    write_private(file, made)
    return file


def digest_of_migrations() -> str:
    """Names the migrations and grants of this version."""
    total = hashlib.sha256(fleetward.__version__.encode())
    for file in sorted([*PACKAGE.glob("*/migrations/*.py"), *PACKAGE.glob("*/sql/*.sql")]):
        total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()
