-- Purpose: the digest of all outcome rows of a run, for the trail: those rows are its record of each
--   device (hardening, nothing lost 7).
-- Params: run bigint.
-- Reads: warranty_batch. Writes: nothing. Index: warranty_batch_run. Lock order: none.
-- Largest size: 10,000 batches.
SELECT encode(
    sha256(
        convert_to(
            coalesce(
                string_agg(
                    concat_ws(
                        ';',
                        array_to_string(device_ids, ','), array_to_string(outcomes, ','),
                        array_to_string(manufacturers, ','), array_to_string(serials, ','),
                        array_to_string(names, ','), is_simulated
                    ),
                    E'\n' ORDER BY id
                ),
                ''
            ),
            'UTF8'
        )
    ),
    'hex'
)
FROM warranty_batch WHERE run_id = %(run)s
