-- What must go when an installation's data is deleted can be found: whose ticket an answer is about, which value a run
-- began with, and since when an installation is removed.
ALTER TABLE answer ADD COLUMN ticket_key TEXT NOT NULL DEFAULT '';
CREATE INDEX answer_of_ticket ON answer (ticket_key);

ALTER TABLE run ADD COLUMN keeps TEXT NOT NULL DEFAULT '';
UPDATE run SET keeps = coalesce(json_extract(CAST(data AS TEXT), '$.settings_id'), '') WHERE json_valid(CAST(data AS TEXT));

-- The answers that the runs so far have accepted.
UPDATE answer SET ticket_key = accepted.ticket_key FROM (
  SELECT run.ticket_key, json_extract(step.value, '$.input_hash') AS input_hash
  FROM run, json_each(CASE WHEN json_valid(CAST(run.data AS TEXT)) THEN CAST(run.data AS TEXT) ELSE '{}' END, '$.state.accepted') AS step
) AS accepted WHERE accepted.input_hash = answer.input_hash;

ALTER TABLE installation ADD COLUMN removed_at INTEGER;
