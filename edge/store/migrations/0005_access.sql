-- Who people are and where they belong, what they show at a door, who visits, and what passing left behind.
-- "confirmed" is when and by whom an entry was last found to be true. Sealed columns open with the box's key.

ALTER TABLE people ADD COLUMN kind TEXT NOT NULL DEFAULT 'resident'
  CHECK (kind IN ('resident', 'tenant', 'staff', 'patroller', 'official', 'cared-for', 'guest'));
ALTER TABLE people ADD COLUMN id_number BLOB;
ALTER TABLE people ADD COLUMN id_number_tag BLOB;
ALTER TABLE people ADD COLUMN phone BLOB;
ALTER TABLE people ADD COLUMN keypad_number INTEGER;
ALTER TABLE people ADD COLUMN confirmed_s REAL;
ALTER TABLE people ADD COLUMN confirmed_by TEXT;
CREATE UNIQUE INDEX people_by_id_number ON people (id_number_tag) WHERE id_number_tag IS NOT NULL;
CREATE UNIQUE INDEX people_by_keypad_number ON people (keypad_number) WHERE keypad_number IS NOT NULL;

CREATE TABLE houses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  building TEXT NOT NULL CHECK (building <> ''),
  entrance TEXT NOT NULL DEFAULT '',
  room TEXT NOT NULL CHECK (room <> ''),
  added_s REAL NOT NULL,
  confirmed_s REAL,
  confirmed_by TEXT,
  UNIQUE (building, entrance, room)
) STRICT;

CREATE TABLE organisations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  contact TEXT,
  added_s REAL NOT NULL,
  confirmed_s REAL,
  confirmed_by TEXT
) STRICT;

-- Who owns, rents, lives or works where, and since when.
CREATE TABLE ties (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  house INTEGER REFERENCES houses (id) ON DELETE CASCADE,
  organisation INTEGER REFERENCES organisations (id) ON DELETE CASCADE,
  tie TEXT NOT NULL CHECK (tie IN ('owns', 'rents', 'lives', 'works')),
  since_s REAL NOT NULL,
  until_s REAL,
  added_s REAL NOT NULL,
  confirmed_s REAL,
  confirmed_by TEXT,
  CHECK ((house IS NULL) <> (organisation IS NULL))
) STRICT;
CREATE INDEX ties_by_person ON ties (person);
CREATE UNIQUE INDEX ties_to_house ON ties (person, house, tie) WHERE house IS NOT NULL AND until_s IS NULL;
CREATE UNIQUE INDEX ties_to_organisation ON ties (person, organisation, tie)
  WHERE organisation IS NOT NULL AND until_s IS NULL;

ALTER TABLE vehicles ADD COLUMN person INTEGER REFERENCES people (id) ON DELETE SET NULL;
ALTER TABLE vehicles ADD COLUMN plate_type TEXT;
ALTER TABLE vehicles ADD COLUMN colour TEXT;
ALTER TABLE vehicles ADD COLUMN parking TEXT NOT NULL DEFAULT 'resident'
  CHECK (parking IN ('resident', 'rented', 'staff', 'service', 'none'));
ALTER TABLE vehicles ADD COLUMN until_s REAL;
ALTER TABLE vehicles ADD COLUMN confirmed_s REAL;
ALTER TABLE vehicles ADD COLUMN confirmed_by TEXT;

ALTER TABLE watchlist ADD COLUMN owner TEXT;
ALTER TABLE watchlist ADD COLUMN instruction TEXT;

-- A card by its code (see edge/registers/cards.py), or a PIN by its argon2id hash.
CREATE TABLE credentials (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('card', 'pin')),
  card TEXT,
  pin_hash TEXT,
  duress INTEGER NOT NULL DEFAULT 0 CHECK (duress IN (0, 1)),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'lost', 'blocked')),
  status_why TEXT,
  from_s REAL,
  until_s REAL,
  added_s REAL NOT NULL,
  added_by TEXT,
  CHECK ((kind = 'card') = (card IS NOT NULL)),
  CHECK ((kind = 'pin') = (pin_hash IS NOT NULL))
) STRICT;
CREATE INDEX credentials_by_person ON credentials (person);
CREATE UNIQUE INDEX credentials_by_card ON credentials (card) WHERE card IS NOT NULL;

-- A person may, or may not, pass a door or door group between two moments, whatever the site file's rights say.
CREATE TABLE exceptions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  opening TEXT NOT NULL,
  allow INTEGER NOT NULL CHECK (allow IN (0, 1)),
  from_s REAL NOT NULL,
  until_s REAL NOT NULL,
  reason TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_s REAL NOT NULL
) STRICT;
CREATE INDEX exceptions_by_person ON exceptions (person);

-- A visitor's pass: which doors, door groups and barriers, how often, between two moments.
CREATE TABLE visitors (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  plate TEXT,
  host INTEGER REFERENCES people (id) ON DELETE SET NULL,
  purpose TEXT NOT NULL,
  from_s REAL NOT NULL,
  until_s REAL NOT NULL,
  passes INTEGER NOT NULL CHECK (passes > 0),
  cancelled_s REAL,
  nonce BLOB NOT NULL,
  added_by TEXT NOT NULL,
  added_s REAL NOT NULL
) STRICT;
CREATE INDEX visitors_by_plate ON visitors (plate) WHERE plate IS NOT NULL;
CREATE TABLE visitor_openings (
  visitor INTEGER NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
  opening TEXT NOT NULL,
  PRIMARY KEY (visitor, opening)
) STRICT, WITHOUT ROWID;

-- Counts every change of what decisions go by, so that a running daemon looks only when something changed.
CREATE TABLE register_version (version INTEGER NOT NULL) STRICT;
INSERT INTO register_version (version) VALUES (0);

-- What the controller remembers of passing; it alone writes these.
CREATE TABLE pass_uses (
  visitor INTEGER PRIMARY KEY,
  uses INTEGER NOT NULL
) STRICT;
CREATE TABLE whereabouts (
  subject TEXT PRIMARY KEY,
  area TEXT NOT NULL,
  since_wall_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE access_modes (
  mode TEXT PRIMARY KEY,
  by TEXT NOT NULL,
  why TEXT NOT NULL,
  since_wall_s REAL NOT NULL
) STRICT, WITHOUT ROWID;
-- One stay of a vehicle: `entry` and `exit` are lanes; an entry nobody saw has no time.
CREATE TABLE vehicle_stays (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plate TEXT NOT NULL,
  entry TEXT,
  entered_wall_s REAL,
  exit TEXT,
  left_wall_s REAL
) STRICT;
CREATE INDEX vehicle_stays_inside ON vehicle_stays (plate) WHERE left_wall_s IS NULL;
CREATE INDEX vehicle_stays_by_time ON vehicle_stays (coalesce(left_wall_s, entered_wall_s));

-- Triggers, one for each way in which such a table changes.
CREATE TRIGGER people_insert_counts AFTER INSERT ON people BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER people_update_counts AFTER UPDATE ON people BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER people_delete_counts AFTER DELETE ON people BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER consents_insert_counts AFTER INSERT ON consents BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER consents_update_counts AFTER UPDATE ON consents BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER consents_delete_counts AFTER DELETE ON consents BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER face_templates_insert_counts AFTER INSERT ON face_templates BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER face_templates_update_counts AFTER UPDATE ON face_templates BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER face_templates_delete_counts AFTER DELETE ON face_templates BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER houses_insert_counts AFTER INSERT ON houses BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER houses_update_counts AFTER UPDATE ON houses BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER houses_delete_counts AFTER DELETE ON houses BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER organisations_insert_counts AFTER INSERT ON organisations BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER organisations_update_counts AFTER UPDATE ON organisations BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER organisations_delete_counts AFTER DELETE ON organisations BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER ties_insert_counts AFTER INSERT ON ties BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER ties_update_counts AFTER UPDATE ON ties BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER ties_delete_counts AFTER DELETE ON ties BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER vehicles_insert_counts AFTER INSERT ON vehicles BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER vehicles_update_counts AFTER UPDATE ON vehicles BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER vehicles_delete_counts AFTER DELETE ON vehicles BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER watchlist_insert_counts AFTER INSERT ON watchlist BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER watchlist_update_counts AFTER UPDATE ON watchlist BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER watchlist_delete_counts AFTER DELETE ON watchlist BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER credentials_insert_counts AFTER INSERT ON credentials BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER credentials_update_counts AFTER UPDATE ON credentials BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER credentials_delete_counts AFTER DELETE ON credentials BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER exceptions_insert_counts AFTER INSERT ON exceptions BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER exceptions_update_counts AFTER UPDATE ON exceptions BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER exceptions_delete_counts AFTER DELETE ON exceptions BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER visitors_insert_counts AFTER INSERT ON visitors BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER visitors_update_counts AFTER UPDATE ON visitors BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER visitors_delete_counts AFTER DELETE ON visitors BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER visitor_openings_insert_counts AFTER INSERT ON visitor_openings BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER visitor_openings_update_counts AFTER UPDATE ON visitor_openings BEGIN
  UPDATE register_version SET version = version + 1;
END;
CREATE TRIGGER visitor_openings_delete_counts AFTER DELETE ON visitor_openings BEGIN
  UPDATE register_version SET version = version + 1;
END;
