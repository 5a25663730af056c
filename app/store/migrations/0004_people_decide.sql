-- Effects wait for people: waiting, approved, rejected. SQLite cannot change a CHECK, so the table is made anew.
CREATE TABLE effect_anew (
  key        TEXT PRIMARY KEY,
  ticket_key TEXT    NOT NULL,
  run_id     TEXT    NOT NULL,
  generation INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  state      TEXT    NOT NULL
    CHECK (state IN ('proposed', 'waiting', 'approved', 'rejected', 'attempting', 'done', 'refused', 'failed', 'unknown', 'dropped')),
  data       BLOB,
  receipt    BLOB,
  note       TEXT    NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO effect_anew SELECT key, ticket_key, run_id, generation, seq, state, data, receipt, note, updated_at FROM effect;
DROP TABLE effect;
ALTER TABLE effect_anew RENAME TO effect;
CREATE INDEX effect_of_ticket ON effect (ticket_key, seq);
CREATE INDEX effect_state ON effect (state);
