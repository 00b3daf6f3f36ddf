-- +goose Up
-- The one row that says whether the database can commit.
CREATE TABLE heartbeat (
  beats INTEGER NOT NULL
);
INSERT INTO heartbeat (beats) VALUES (0);

-- Held events by the time they have been held: their count, since when, and which are to expire.
CREATE INDEX deliveries_held ON deliveries (bot_id, updated_at) WHERE status = 'held';
