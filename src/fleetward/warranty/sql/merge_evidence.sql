-- Purpose: keep what a source said of each device (W18); for an unchanged answer only `seen_at` moves.
-- Params: tenant bigint, source text, now timestamptz; table warranty_said (device_id, digest, body,
--   is_simulated).
-- Reads: warranty_evidence. Writes: warranty_evidence. Index: warranty_evidence_once.
-- Lock order: as staged, by device. Largest size: 50,000 devices.
INSERT INTO warranty_evidence AS e (
    tenant_id, device_id, source, digest, body, is_simulated, fetched_at, seen_at
)
SELECT %(tenant)s, device_id, %(source)s, digest, body, is_simulated, %(now)s, %(now)s
FROM warranty_said
ON CONFLICT (device_id, source, digest) DO UPDATE
SET seen_at = excluded.seen_at, is_simulated = excluded.is_simulated
