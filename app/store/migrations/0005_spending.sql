-- What the questions to models cost: a row a question and UTC day. What a call may cost is held before it is made, and
-- what it did cost is added when its answer is stored. Amounts of money are millionths of a US dollar.
CREATE TABLE spending (
  day             TEXT    NOT NULL,     -- 2026-11-23, UTC
  id              TEXT    NOT NULL,     -- the run and the question
  ticket_key      TEXT    NOT NULL,
  author          TEXT    NOT NULL,
  repository_id   INTEGER NOT NULL,
  repository      TEXT    NOT NULL,     -- OWNER/NAME as it was, for people
  installation_id INTEGER NOT NULL,
  calls           INTEGER NOT NULL,
  tokens          INTEGER NOT NULL,
  micros          INTEGER NOT NULL,
  held_tokens     INTEGER NOT NULL,
  held_micros     INTEGER NOT NULL,
  held_at         INTEGER,              -- NULL where nothing is held
  PRIMARY KEY (day, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX spending_held ON spending (held_at) WHERE held_at IS NOT NULL;
