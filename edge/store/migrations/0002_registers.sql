-- The registers: people and their consent, sealed face templates, vehicles, the watch-list, and what was erased.
-- AUTOINCREMENT: an id names one entry for ever, because old alerts refer to it.

CREATE TABLE people (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  added_s REAL NOT NULL
) STRICT;

CREATE TABLE consents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  reference TEXT NOT NULL CHECK (reference <> ''),
  added_s REAL NOT NULL
) STRICT;
CREATE INDEX consents_by_person ON consents (person);

CREATE TABLE watchlist (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('wanted', 'barred', 'overdue', 'cared-for')),
  reason TEXT NOT NULL CHECK (reason <> ''),
  name TEXT,
  plate TEXT,
  until_s REAL NOT NULL,
  added_s REAL NOT NULL
) STRICT;
CREATE INDEX watchlist_by_plate ON watchlist (plate) WHERE plate IS NOT NULL;

-- A template belongs to a person or to an entry of the watch-list.
CREATE TABLE face_templates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER REFERENCES people (id) ON DELETE CASCADE,
  watched INTEGER REFERENCES watchlist (id) ON DELETE CASCADE,
  engine TEXT NOT NULL,
  sealed BLOB NOT NULL,
  added_s REAL NOT NULL,
  CHECK ((person IS NULL) <> (watched IS NULL))
) STRICT;
CREATE INDEX face_templates_by_person ON face_templates (person) WHERE person IS NOT NULL;
CREATE INDEX face_templates_by_watched ON face_templates (watched) WHERE watched IS NOT NULL;

CREATE TABLE vehicles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plate TEXT NOT NULL UNIQUE CHECK (plate <> ''),
  owner TEXT NOT NULL CHECK (owner <> ''),
  added_s REAL NOT NULL
) STRICT;

-- Receipts: they name no one.
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL,
  templates INTEGER NOT NULL,
  consents INTEGER NOT NULL,
  erased_s REAL NOT NULL
) STRICT;
