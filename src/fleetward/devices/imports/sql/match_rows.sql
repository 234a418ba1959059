-- Purpose: find the device of each staged row that has none yet. Rows left unmatched are new.
--   Product numbers agree: that device. A row without one means the only device of its manufacturer
--   and serial; of several it is ambiguous. A row with one completes the only device that has none,
--   where the list names no second (may_fill). Active devices come before deleted ones.
--   A row that may be HP's or HPE's (other_maker) may mean a device of the other company that leaves
--   it open as well: by its product number after its own, otherwise only where it has none of its own.
--   Twin of rules.meant.
-- Params: tenant bigint, round integer, first text, last text (lowest and highest staged serial).
-- Reads: import_stage, devices_device. Writes: import_match.
-- Index: devices_device_identity (a range of serials: the list is sorted).
-- Lock order: none. Largest size: batches of 50,000 rows against 1,000,000 devices.
WITH candidates AS (
    SELECT
        s.row_no,
        s.product_number = '' AS is_open,
        s.may_fill,
        d.manufacturer = s.manufacturer AS is_own,
        min(d.id) FILTER (WHERE d.product_number = s.product_number) AS exact,
        count(*) FILTER (WHERE d.product_number = s.product_number AND d.is_active) AS exact_active,
        min(d.id) FILTER (WHERE d.is_active) AS active,
        count(*) FILTER (WHERE d.is_active) AS actives,
        min(d.id) AS lowest,
        count(*) AS found,
        bool_and(d.product_number = '') AS is_blank
    FROM import_stage AS s
    JOIN devices_device AS d ON d.serial = s.serial AND (
        d.manufacturer = s.manufacturer
        OR (d.manufacturer = s.other_maker AND (d.manufacturer = 'HPE' OR d.model = ''))
    )
    WHERE d.tenant_id = %(tenant)s::bigint
      AND d.serial BETWEEN %(first)s::text AND %(last)s::text
      AND s.refusal = ''
      AND NOT EXISTS (SELECT FROM import_match AS m WHERE m.row_no = s.row_no)
    GROUP BY s.row_no, s.product_number, s.may_fill, is_own
), chosen AS (
    SELECT DISTINCT ON (row_no)
        row_no,
        is_open,
        CASE
            WHEN NOT is_open THEN coalesce(
                exact, CASE WHEN may_fill AND found = 1 AND actives = 1 AND is_blank THEN lowest END
            )
            WHEN exact_active = 1 THEN exact
            WHEN actives = 1 THEN active
            WHEN actives = 0 THEN coalesce(exact, CASE WHEN found = 1 THEN lowest END)
        END AS device_id
    FROM candidates
    ORDER BY row_no, (NOT is_open AND exact IS NOT NULL) DESC, is_own DESC
)
INSERT INTO import_match (row_no, device_id, round, outcome, refusal)
SELECT
    row_no,
    device_id,
    %(round)s,
    CASE WHEN device_id IS NULL THEN 'REFUSED' ELSE 'UNCHANGED' END,
    CASE WHEN device_id IS NULL THEN 'AMBIGUOUS_SERIAL' ELSE '' END
FROM chosen
WHERE device_id IS NOT NULL OR is_open
