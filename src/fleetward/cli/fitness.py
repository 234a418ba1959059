"""What must be true before a server or worker starts: database, migrations, sealing keys."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fleetward.config.env import BadEnvironment, Env
from fleetward.infra.crypto import load_keys


def refuse_unfit_installation(settings: Env) -> None:
    """Raises: BadEnvironment, BadKeyFile, OperationalError when nothing good can come of it."""
    if not settings.database_url:
        raise BadEnvironment("DATABASE_URL is not set. `fleetward up` brings its own database.")
    load_keys(settings.sealing_key_file)
    pending = pending_migrations()
    if pending:
        raise BadEnvironment(
            f"The database lacks {len(pending)} migrations of this version ({pending[0]} first). "
            "Run `fleetward migrate`."
        )


def pending_migrations() -> list[str]:
    """Names of the migrations that the database lacks. Raises: OperationalError."""
    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
