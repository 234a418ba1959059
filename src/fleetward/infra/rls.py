"""Row-level security for migrations: one policy, the same for every table that has a tenant."""

from __future__ import annotations

from django.db.migrations import RunSQL

POLICY = "tenant_id = ANY ((SELECT fleetward_tenants())::bigint[])"


def protect(table: str, *, using: str = POLICY, check: str = POLICY) -> RunSQL:
    """FORCE row-level security on `table`: rows of the scope's tenants only (hardening, tenants).

    The sub-select makes PostgreSQL evaluate the setting once for a statement, not once for a row.
    """
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant_scope ON {table} USING ({using}) WITH CHECK ({check});
        """,
        f"""
        DROP POLICY tenant_scope ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
