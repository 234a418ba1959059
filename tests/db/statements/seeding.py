"""A few thousand rows of whatever statements read, committed and analysed, in two tenants."""

from __future__ import annotations

from pathlib import Path

from fleetward.infra import sql
from fleetward.infra.tx import tenant_scope
from tests.cast import make_tenant

BENCH = Path(__file__).resolve().parents[2] / "bench" / "sql"
DEVICES = 4_000
# In order: each may refer to what the ones before have made.
STATEMENTS = (
    (BENCH / "insert_devices.sql").read_text("utf-8"),
    (BENCH / "insert_coverage.sql").read_text("utf-8"),
    """
    INSERT INTO warranty_entitlement (
        tenant_id, device_id, source, line_key, code, name, kind, service_level, number, starts_on,
        ends_on, is_rolling, is_cancelled, is_cover, is_simulated, recorded_at
    )
    SELECT
        tenant_id, id, 'dell', 'line' || n, 'ND', 'Next day', 'BASE', '', '', current_date - 900,
        current_date + n * 100, false, false, true, n = 2, now()
    FROM devices_device, generate_series(1, 2) n
    """,
    """
    INSERT INTO warranty_evidence (
        tenant_id, device_id, source, digest, body, is_simulated, fetched_at, seen_at
    )
    SELECT tenant_id, id, 'dell', md5(id::text), '{}', false, now(), now() FROM devices_device
    """,
    """
    INSERT INTO warranty_run (
        uid, tenant_id, state, trigger, started_by, devices, planned_to, created_at
    )
    SELECT gen_random_uuid(), (%(tenants)s::bigint[])[1 + g %% 2], 'DONE', 'BULK', 'x', 0, 0, now()
    FROM generate_series(1, 200) g
    """,
    """
    INSERT INTO warranty_batch (tenant_id, run_id, provider, state, device_ids, outcomes, tally)
    SELECT
        r.tenant_id, r.id, 'dell', CASE WHEN n < 3 THEN 'OPEN' ELSE 'DONE' END,
        ARRAY[1, 2], ARRAY['FOUND', ''], '{"FOUND": 1}'
    FROM warranty_run r, generate_series(1, 20) n
    """,
    """
    INSERT INTO warranty_reminder (tenant_id, device_id, ends_on, days, sent_on, is_simulated)
    SELECT
        tenant_id, id, current_date + n, n, date '2026-11-22' - (id / 2 %% 50)::integer, false
    FROM devices_device, unnest(ARRAY[7, 30]) n
    """,
    """
    INSERT INTO devices_change (tenant_id, device_id, at, actor, kind, fields, request_id)
    SELECT
        tenant_id, id, now(), 'x', CASE WHEN n = 1 THEN 'DELETED' ELSE 'CHANGED' END, '{}',
        'request-' || id %% 100
    FROM devices_device, generate_series(1, 3) n
    """,
    """
    INSERT INTO devices_importrow (tenant_id, run_id, row_no, outcome)
    SELECT
        (%(tenants)s::bigint[])[1 + run %% 2], run, n,
        CASE WHEN n %% 9 > 0 THEN 'NEW' ELSE 'REFUSED' END
    FROM generate_series(1, 20) run, generate_series(1, 300) n
    """,
    """
    UPDATE devices_device
    SET is_active = false, archived_on = CASE WHEN id %% 25 > 0 THEN current_date END
    WHERE id %% 5 = 0
    """,
    """
    INSERT INTO devices_group (uid, tenant_id, name, kind, created_at, updated_at)
    SELECT
        gen_random_uuid(), (%(tenants)s::bigint[])[1 + g %% 2], 'Group ' || g, 'STATIC', now(),
        now()
    FROM generate_series(1, 40) g
    """,
    """
    INSERT INTO devices_groupmember (tenant_id, group_id, device_id)
    SELECT g.tenant_id, g.id, d.id
    FROM devices_group g
    JOIN devices_device d ON d.tenant_id = g.tenant_id AND d.id %% 7 = g.id %% 7
    """,
    """
    INSERT INTO devices_selectionitem (tenant_id, selection_id, device_id, seen_at)
    SELECT tenant_id, selection, id, updated_at
    FROM devices_device, generate_series(1, 20) selection WHERE id %% 3 = selection %% 3
    """,
    """
    INSERT INTO devices_bulkitem (tenant_id, run_id, device_id, outcome, manufacturer, serial)
    SELECT
        tenant_id, run, id, CASE WHEN id %% 9 > 0 THEN 'DONE' ELSE 'GONE' END, manufacturer, serial
    FROM devices_device, generate_series(1, 20) run WHERE id %% 3 = run %% 3
    """,
    """
    INSERT INTO devices_importrun (
        uid, tenant_id, state, origin, started_by, file_name, file_size, digest, starts_itself,
        default_manufacturer, report, rows, batches, done_batches, done_rows, new, changed,
        unchanged, refused, skipped, outcome_digest, created_at
    )
    SELECT
        gen_random_uuid(), (%(tenants)s::bigint[])[1 + g %% 2], 'DONE', 'CSV', 'x', 'list.csv', 1,
        '', false, '', '{}', 0, 1, '{}', 0, 0, 0, 0, 0, 0, '', now()
    FROM generate_series(1, 400) g
    """,
    """
    INSERT INTO devices_departure (
        tenant_id, device_id, uid, reference, target_id, manufacturer, serial, product_number, name,
        model, values, at
    )
    SELECT
        tenant_id, id, uid, md5('move' || id %% 20 || n)::uuid, 1, manufacturer, serial, '', name,
        model, '{"groups": []}', updated_at
    FROM devices_device
    JOIN generate_series(1, 10) n ON n = 1 OR tenant_id = (%(tenants)s::bigint[])[2]
    """,
    """
    INSERT INTO devices_mergedlisting (reference, device_id, tenant_id, listing_id, listing)
    SELECT md5('move' || id %% 20)::uuid, id, tenant_id, -id, '{}' FROM devices_device
    """,
    """
    INSERT INTO warranty_setaside (tenant_id, reference, device_id, kind, body)
    SELECT tenant_id, md5('move' || id %% 20)::uuid, id, 'LINE', '{}' FROM devices_device
    """,
    """
    INSERT INTO connections_connection (
        uid, tenant_id, provider, label, is_enabled, settings, sealed, sealed_next, revision, state,
        state_text, latest_error, sealed_token, created_at, updated_at
    )
    SELECT
        gen_random_uuid(), tenant, 'provider-' || g, '', true, '{}', '{}', '{}', 1, 'OK', '', '',
        '', now(), now()
    FROM unnest(%(tenants)s::bigint[]) tenant, generate_series(1, 200) g
    """,
    """
    INSERT INTO connections_quota (connection_id, tenant_id, next_at, used_on, used, failures)
    SELECT id, tenant_id, now(), current_date, 0, 0 FROM connections_connection
    """,
    """
    INSERT INTO infra_idempotency (tenant_id, holder_id, key, digest, created_at)
    SELECT tenant, g %% 50, 'key-' || g, '', now() - make_interval(mins => g)
    FROM unnest(%(tenants)s::bigint[]) tenant, generate_series(1, 2000) g
    """,
    """
    INSERT INTO procrastinate_jobs (queue_name, task_name, status)
    SELECT
        'queue-' || g %% 3, 'x',
        (CASE WHEN g %% 100 = 0 THEN 'todo' ELSE 'succeeded' END)::procrastinate_job_status
    FROM generate_series(1, 5000) g
    """,
    """
    INSERT INTO tenancy_tenant (
        id, customer_id, name, kind, region, time_zone, language, expiring_days, created_at
    )
    SELECT
        g, 'C' || g, 'Tenant ' || g, CASE WHEN g %% 20 > 0 THEN 'CUSTOMER' ELSE 'PARTNER' END, 'EU',
        'UTC', 'en', 180, now()
    FROM generate_series(1000, 4999) g
    """,
    """
    INSERT INTO tenancy_relation (
        uid, partner_id, customer_id, state, admin_email, made_by, made_at, answered_by, ended_by
    )
    SELECT
        gen_random_uuid(), (id / 20) * 20, id, 'ACCEPTED', '', 'x', now(), '', ''
    FROM tenancy_tenant WHERE id > 1000 AND id %% 20 > 0
    """,
)


def seed() -> list[int]:
    """Returns the ids of the tenants."""
    tenants = [make_tenant(name).id for name in ("Acme", "Globex")]
    params = {"tenants": tenants, "first": 1, "latest": DEVICES, "only_dell": False}
    with tenant_scope(tenants):
        for text in STATEMENTS:
            sql.fetch_text(f"WITH done AS ({text} RETURNING 1) SELECT count(*) FROM done", params)
    return tenants
