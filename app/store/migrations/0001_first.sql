-- Times are microseconds since 1970 in UTC; NULL where there is none.

CREATE TABLE delivery (
  seq             INTEGER PRIMARY KEY,  -- the order of arrival
  id              TEXT    NOT NULL UNIQUE,
  event           TEXT    NOT NULL,
  action          TEXT    NOT NULL,
  installation_id INTEGER NOT NULL,
  ticket_key      TEXT    NOT NULL,
  received_at     INTEGER NOT NULL,
  payload         BLOB    NOT NULL,     -- deflated
  state           TEXT    NOT NULL CHECK (state IN ('new', 'done', 'ignored', 'failed')),
  note            TEXT    NOT NULL
) STRICT;
CREATE INDEX delivery_inbox ON delivery (ticket_key, seq) WHERE state = 'new';
CREATE INDEX delivery_age ON delivery (received_at);

CREATE TABLE ticket (
  key             TEXT PRIMARY KEY,
  installation_id INTEGER NOT NULL,
  repository_id   INTEGER NOT NULL,
  owner           TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  private         INTEGER NOT NULL,
  number          INTEGER NOT NULL,
  title           TEXT    NOT NULL,
  generation      INTEGER NOT NULL,
  status          TEXT    NOT NULL,
  data            BLOB,
  updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX ticket_changed ON ticket (updated_at);

CREATE TABLE run (
  id          TEXT PRIMARY KEY,
  ticket_key  TEXT    NOT NULL,
  generation  INTEGER NOT NULL,
  status      TEXT    NOT NULL,
  data        BLOB,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX run_of_ticket ON run (ticket_key, started_at);

CREATE TABLE answer (
  input_hash TEXT PRIMARY KEY,
  data       BLOB,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE effect (
  key        TEXT PRIMARY KEY,
  ticket_key TEXT    NOT NULL,
  run_id     TEXT    NOT NULL,
  generation INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  state      TEXT    NOT NULL
    CHECK (state IN ('proposed', 'attempting', 'done', 'refused', 'failed', 'unknown', 'dropped')),
  data       BLOB,
  receipt    BLOB,
  note       TEXT    NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX effect_of_ticket ON effect (ticket_key, seq);

CREATE TABLE event (
  seq        INTEGER PRIMARY KEY,
  ticket_key TEXT    NOT NULL,
  run_id     TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  kind       TEXT    NOT NULL,
  step_id    TEXT    NOT NULL,
  text       TEXT    NOT NULL,
  took       INTEGER NOT NULL,          -- nanoseconds
  data       BLOB
) STRICT;
CREATE INDEX event_of_ticket ON event (ticket_key, at, seq);

CREATE TABLE installation (
  id           INTEGER PRIMARY KEY,
  account      TEXT NOT NULL,
  installed_at INTEGER,
  state        TEXT NOT NULL
) STRICT;

CREATE TABLE value (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A job that was running when an equal one was asked for. again: it must run once more even if it completes.
CREATE TABLE job_wake (
  job_id INTEGER PRIMARY KEY,
  again  INTEGER NOT NULL
) STRICT;
