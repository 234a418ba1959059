-- Purpose: keep what sources said of devices, word for word, with the tenant that asked (X10): it can name that
--   tenant, its places and contracts. It is set aside until the move is taken back; nobody else reads it.
-- Params: tenant bigint; reference uuid; table devices_moved.
-- Reads: warranty_evidence. Writes: warranty_evidence, warranty_setaside. Index: warranty_evidence_once.
-- Lock order: after their coverage, by reassign_coverage. Largest size: 5,000 devices.
WITH said AS (
    DELETE FROM warranty_evidence e
    WHERE e.device_id = ANY (ARRAY(SELECT device_id FROM devices_moved)::bigint[])
        AND e.tenant_id + 0 = %(tenant)s::bigint
    RETURNING e.*
)
INSERT INTO warranty_setaside (tenant_id, reference, device_id, kind, body)
SELECT %(tenant)s::bigint, %(reference)s::uuid, s.device_id, 'EVIDENCE', to_jsonb(s)
FROM said s
ORDER BY s.device_id, s.id
