"""Extensions, the tenant scope of row-level security, and the cache table. Runs before new code."""

from django.db import migrations

FORWARDS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- The tenants of the present transaction; none when the setting is missing or an empty string.
CREATE FUNCTION fleetward_tenants() RETURNS bigint[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('fleetward.tenants', true), ''), '{}')::bigint[];

CREATE TABLE infra_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX infra_cache_expires ON infra_cache (expires);
"""
BACKWARDS = "DROP TABLE infra_cache; DROP FUNCTION fleetward_tenants();"


class Migration(migrations.Migration):
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
