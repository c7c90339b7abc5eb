-- The journal, the alerts it gave rise to, the outbox that carries them away, and the site's counters.

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  wall_s REAL NOT NULL,
  mono_s REAL NOT NULL,
  boot TEXT NOT NULL,
  clock_trusted INTEGER NOT NULL,
  kind TEXT NOT NULL,
  observation TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_time ON journal (wall_s);

CREATE TABLE alert (
  id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('open', 'settled')),
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  last_wall_s REAL NOT NULL,
  picture TEXT,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_open ON alert (sequence) WHERE state = 'open';

-- A lane is an order of its own: 'alerts' goes before 'pictures'. `after` is the sequence in the lane of
-- alerts that must be acknowledged before this row may go.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  lane TEXT NOT NULL CHECK (lane IN ('alerts', 'pictures')),
  sequence INTEGER NOT NULL,
  after INTEGER NOT NULL,
  event TEXT NOT NULL,
  picture TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  queued_wall_s REAL NOT NULL,
  acknowledged_wall_s REAL,
  UNIQUE (lane, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_waiting ON outbox (lane, sequence) WHERE acknowledged_wall_s IS NULL;

CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('journal', 0), ('alert', 0), ('alerts', 0), ('pictures', 0);
