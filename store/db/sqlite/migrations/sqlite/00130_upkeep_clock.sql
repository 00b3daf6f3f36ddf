-- +goose Up
-- Until when deletion may count (decision 0150), and when rows from the future were last made. 0: not known, none.
ALTER TABLE heartbeat ADD COLUMN trusted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heartbeat ADD COLUMN future_at INTEGER NOT NULL DEFAULT 0;
