-- Who took a sheet in or out, when and why: the numbers of people that left in the clear are answered for.

CREATE TABLE register_acts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  act TEXT NOT NULL CHECK (act IN ('import', 'export')),
  sheet TEXT NOT NULL CHECK (sheet IN ('people', 'organisations', 'vehicles')),
  file TEXT NOT NULL,
  by TEXT,
  why TEXT,
  rows INTEGER NOT NULL,
  at_s REAL NOT NULL
) STRICT;
