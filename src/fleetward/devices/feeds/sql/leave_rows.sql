-- Purpose: give the staged rows of a feed that ends before their turn that outcome, whatever they say.
-- Params: none. Reads: feed_stage. Writes: feed_stage.
-- Index: none (every row of the temporary table). Lock order: none.
-- Largest size: slices of 5,000 rows.
UPDATE feed_stage SET outcome = 'STOPPED', refusal = ''
