"""Whether this process can do its work: database, migrations, keys, and a worker that is alive.

Cheap enough to be asked every second, and tells nothing that a stranger may not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from fleetward.infra.crypto import BadKeyFile, load_keys
from fleetward.infra.migrating import known_migrations

# Workers tell every 10 s that they are alive; their jobs are given to others after 30 s.
WORKER_SECONDS = 60.0
QUESTION = """
SELECT array(SELECT app || '.' || name FROM django_migrations),
       (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers)
"""


class Part(StrEnum):
    OK = "ok"
    UNREACHABLE = "unreachable"
    PENDING = "pending"
    UNREADABLE = "unreadable"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """How each part is. Without a worker pages still answer, and work waits for one."""

    parts: Mapping[str, Part]

    @property
    def is_ready(self) -> bool:
        return all(self.parts[name] is Part.OK for name in ("database", "migrations", "keys"))

    @property
    def status(self) -> str:
        if not self.is_ready:
            return "not ready"
        return "ready" if self.parts["worker"] is Part.OK else "degraded"


def look(key_file: Path) -> Health:
    """How this installation is now. Never raises for what it looks for."""
    return Health({**_database(), "keys": _keys(key_file)})


def _database() -> dict[str, Part]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '2s'")
            cursor.execute(QUESTION)
            applied, age = cursor.fetchone()
    except DatabaseError:
        # The next question gets a new connection, whatever was wrong with this one.
        connection.close()
        unknown = dict.fromkeys(("migrations", "worker"), Part.UNKNOWN)
        return {"database": Part.UNREACHABLE, **unknown}
    is_late = age is None or age > WORKER_SECONDS
    return {
        "database": Part.OK,
        "migrations": Part.PENDING if names_of_migrations() - set(applied) else Part.OK,
        "worker": Part.LATE if is_late else Part.OK,
    }


def _keys(key_file: Path) -> Part:
    try:
        load_keys(key_file)
    except BadKeyFile:
        return Part.UNREADABLE
    return Part.OK


@cache
def names_of_migrations() -> frozenset[str]:
    """What this version needs. A database may hold more: those of the next one."""
    return frozenset(".".join(key) for key in known_migrations())
