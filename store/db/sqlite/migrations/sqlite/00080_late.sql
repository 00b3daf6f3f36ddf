-- +goose Up
-- A delivery that is late (a retry, or held for a time) gives way to those that are tried for the first time.
ALTER TABLE deliveries ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET late = 1 WHERE due_at IS NOT NULL AND round > 0;

DROP INDEX deliveries_due;
-- All that the engine ever scans: of each bot, first attempts and late deliveries apart.
CREATE INDEX deliveries_due ON deliveries (bot_id, late, due_at) WHERE due_at IS NOT NULL;
