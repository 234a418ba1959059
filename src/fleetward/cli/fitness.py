"""What must be true before a server or worker starts: database, migrations, sealing keys."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fleetward.config.env import BadEnvironment, Env
from fleetward.connections.queries import find_closed_key
from fleetward.infra.crypto import BadKeyFile, load_keys
from fleetward.infra.server_version import refuse_old_server
from fleetward.tenancy.queries import list_tenant_ids


def refuse_unfit_installation(settings: Env) -> None:
    """Raises: BadEnvironment, BadKeyFile, OldPostgres, OperationalError.

    When nothing good can come of it.
    """
    if not settings.database_url:
        raise BadEnvironment("DATABASE_URL is not set. `fleetward up` brings its own database.")
    load_keys(settings.sealing_key_file)
    refuse_old_server(settings.database_url)
    pending = pending_migrations()
    if pending:
        raise BadEnvironment(
            f"The database lacks {len(pending)} migrations of this version ({pending[0]} first). "
            "Run `fleetward migrate`."
        )
    if is_above_row_level_security():
        raise BadEnvironment(
            "The role in DATABASE_URL is a superuser, bypasses row-level security or owns tables: "
            "nothing would keep tenants apart below the program. `fleetward init` makes a role of "
            "the right kind."
        )
    lost = find_closed_key(tenants=list_tenant_ids())
    if lost is not None:
        raise BadKeyFile(
            f"The sealing key file {settings.sealing_key_file} does not hold the key {lost}, which "
            "stored credentials are sealed with: it belongs to another installation, or the key "
            "was taken out too early. Restore it from your backup."
        )


def is_above_row_level_security() -> bool:
    """Whether the policies of the database would not bind us, or could be changed by us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class"
            " WHERE relowner = r.oid AND relnamespace = 'public'::regnamespace)"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        return bool(cursor.fetchone()[0])


def pending_migrations() -> list[str]:
    """Names of the migrations that the database lacks. Raises: OperationalError."""
    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
