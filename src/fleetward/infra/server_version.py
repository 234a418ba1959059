"""Which PostgreSQL servers are good enough: refused at the start, not found out in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import psycopg

from fleetward.kernel.errors import Unavailable
from fleetward.kernel.texts import N_

OLDEST_MAJOR = 16


@dataclass(eq=False)
class OldPostgres(Unavailable):
    """The server is older than what every statement of ours is tried with."""

    version: str

    code: ClassVar[str] = "postgres_too_old"
    text: ClassVar[str] = N_(
        "The database server is PostgreSQL {version}; Fleetward needs 16 to 18."
    )
    fix: ClassVar[str] = N_(
        "Upgrade the server, or name another one in DATABASE_URL and "
        "FLEETWARD_MIGRATE_DATABASE_URL."
    )


def refuse_version(number: int) -> None:
    """`number` as PostgreSQL gives it, 150020 for 15.20. Raises: OldPostgres."""
    major, minor = divmod(number, 10_000)
    if major < OLDEST_MAJOR:
        raise OldPostgres(f"{major}.{minor}")


def refuse_old_server(url: str) -> None:
    """Ask the server at `url` for its version. Raises: OldPostgres, psycopg.OperationalError.

    Not by Django's connection, which has an opinion of its own on servers that are older still.
    """
    with psycopg.connect(url) as connection:
        refuse_version(connection.info.server_version)
