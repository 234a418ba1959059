-- Purpose: find what each staged row of a transfer names among the active devices of the source that
--   the actor may transfer (X2), and judge it. A manufacturer that a row does not give may be any; a
--   row that may be HP's or HPE's may mean either. No serial lies in two batches, so that a second
--   row of a device is found in its own. Of what the source has not, no row is a second one: each is
--   NOT_FOUND.
-- Params: tenants, locations bigint[]; capability text; tenant bigint; first text, last text (lowest
--   and highest staged serial).
-- Reads: transfer_stage, devices_device. Writes: transfer_match.
-- Index: devices_device_identity (a range of serials: the rows are sorted).
-- Lock order: none. Largest size: batches of 50,000 rows against 1,000,000 devices.
WITH candidates AS (
    SELECT s.row_no, d.id, count(*) OVER (PARTITION BY s.row_no) AS rivals
    FROM transfer_stage s
    JOIN devices_visible(%(tenants)s::bigint[], %(locations)s::bigint[], %(capability)s) d
        ON d.serial = s.serial
    WHERE d.tenant_id = %(tenant)s::bigint
      AND d.serial BETWEEN %(first)s::text AND %(last)s::text
      AND d.is_active
      AND s.refusal IN ('', 'DUPLICATE_ROW')
      AND (s.manufacturer = '' OR d.manufacturer IN (s.manufacturer, s.other_maker))
), chosen AS (
    SELECT DISTINCT ON (row_no) row_no, id, rivals FROM candidates ORDER BY row_no, id
), judged AS (
    SELECT
        s.row_no, c.id,
        CASE
            WHEN s.refusal NOT IN ('', 'DUPLICATE_ROW') THEN 'REFUSED'
            WHEN c.id IS NULL THEN 'NOT_FOUND'
            WHEN s.refusal = 'DUPLICATE_ROW' THEN 'DUPLICATE'
            WHEN c.rivals > 1 THEN 'AMBIGUOUS'
            WHEN row_number() OVER (PARTITION BY c.id, c.rivals > 1 ORDER BY s.row_no) > 1 THEN 'DUPLICATE'
            ELSE 'FOUND'
        END AS outcome
    FROM transfer_stage s
    LEFT JOIN chosen c ON c.row_no = s.row_no
)
INSERT INTO transfer_match (row_no, outcome, device_id)
SELECT row_no, outcome, CASE WHEN outcome = 'FOUND' THEN id END FROM judged
