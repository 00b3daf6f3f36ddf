-- +goose Up
-- Many deliveries to put back into the queue, a few at a time. What a restart must not lose is here.
CREATE TABLE resend_jobs (
  id         BLOB    NOT NULL PRIMARY KEY,
  bot_id     BLOB    NOT NULL,            -- sixteen zeros: of all bots
  filter     TEXT    NOT NULL,            -- sealed JSON: it may search for a person
  state      TEXT    NOT NULL,
  reason     TEXT    NOT NULL DEFAULT '', -- why it stopped by itself
  total      INTEGER NOT NULL DEFAULT -1, -- -1: not counted yet
  done       INTEGER NOT NULL DEFAULT 0,
  reached    BLOB    NOT NULL,            -- the last delivery that was looked at
  by_id      BLOB    NOT NULL,
  by_name    TEXT    NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX resend_jobs_state ON resend_jobs (state, id);
