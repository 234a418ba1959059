"""The first answers to requests with an idempotency key. Runs before new code."""

from django.db import migrations

from fleetward.infra.rls import protect

FORWARDS = """
CREATE TABLE infra_idempotency (
    tenant_id bigint NOT NULL,
    holder_id bigint NOT NULL,
    key varchar(255) NOT NULL,
    digest varchar(64) NOT NULL,
    created_at timestamptz NOT NULL,
    status smallint NOT NULL DEFAULT 0,
    location varchar(300) NOT NULL DEFAULT '',
    body bytea NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, holder_id, key)
);
CREATE INDEX infra_idempotency_age ON infra_idempotency (tenant_id, created_at);
"""
BACKWARDS = "DROP TABLE infra_idempotency;"


class Migration(migrations.Migration):
    dependencies = [("infra", "0001_ground")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS), protect("infra_idempotency")]
