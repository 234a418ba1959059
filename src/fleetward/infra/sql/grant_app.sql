-- Purpose: give the application's role what it needs on all tables, and nothing more. It owns none.
-- Params: none; the role is put in by `fleetward migrate` as an identifier in place of {role}.
-- Reads: catalogue. Writes: privileges. Index: none (no rows are read).
-- Lock order: none. Largest size: all tables.
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
-- The trail is append-only, and migrations are the owner's.
REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
