-- Purpose: what the undo of an import would do: staged devices by outcome.
-- Params: none. Reads: bulk_slice, undo_slice. Writes: nothing. Index: none (every row of the temporary
--   tables). Lock order: none. Largest size: 1,000,000 devices.
SELECT coalesce(u.verdict, s.outcome), count(*)
FROM bulk_slice s
LEFT JOIN undo_slice u ON u.device_id = s.device_id
GROUP BY 1
