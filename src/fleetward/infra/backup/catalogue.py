"""What a database of ours has: tables, their columns, sequences, and what guards them."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from fleetward.infra.sql import fetch_text

# Sessions are as good as passwords, and counts of refused sign-ins last an hour: neither is worth
# its place in a backup.
LEFT_OUT = frozenset({"django_session", "infra_cache"})

TABLES = """
SELECT c.relname,
    array(
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        ORDER BY attnum
    ),
    array(
        SELECT CASE WHEN a.attcollation = 0 THEN quote_ident(a.attname)
                    ELSE quote_ident(a.attname) || ' COLLATE "C"' END
        FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid
        ORDER BY k.place
    ),
    c.relforcerowsecurity
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname
"""
SEQUENCES = """
SELECT sequencename::text FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `key` orders its rows, the same on every server whatever its collation."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_forced: bool

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier("public", self.name)


def list_tables() -> list[Table]:
    """Every table of the present database, by name."""
    return [
        Table(name, tuple(columns), tuple(key), forced)
        for name, columns, key, forced in fetch_text(TABLES, [])
    ]


def list_sequences() -> list[str]:
    return [str(name) for (name,) in fetch_text(SEQUENCES, [])]


def rows_in_order(table: Table, columns: list[str] | None = None) -> sql.Composed:
    """`COPY` of a table's rows in the order of its key, in PostgreSQL's text format."""
    listed = sql.SQL(", ").join(map(sql.Identifier, columns or table.columns))
    return sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        listed, table.identifier, sql.SQL(", ".join(table.key))
    )
