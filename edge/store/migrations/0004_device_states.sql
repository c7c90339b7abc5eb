-- The last state that each device told: what is read anew after a restart is compared with it.

CREATE TABLE device_state (
  device TEXT NOT NULL,
  point TEXT NOT NULL,
  state TEXT NOT NULL,
  since_wall_s REAL NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (device, point)
) STRICT, WITHOUT ROWID;
