-- Which database this is: a new one starts counting again, and its alerts are not those of the old one.

CREATE TABLE instance (
  id TEXT NOT NULL
) STRICT;
INSERT INTO instance (id) VALUES (lower(hex(randomblob(8))));

-- Alerts that are over and of which the community server has everything. An event's id is its alert's, or that
-- and a dot and more; the slash is the character after the dot.
CREATE VIEW finished_alert AS
SELECT id FROM alert
WHERE state = 'settled' AND NOT EXISTS (
  SELECT 1 FROM outbox
  WHERE acknowledged_wall_s IS NULL AND outbox.id >= alert.id AND outbox.id < alert.id || '/'
);
