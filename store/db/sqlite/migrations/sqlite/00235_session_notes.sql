-- +goose Up
-- What an act leaves for the pages after it: words about it, and what is shown for ten minutes only (sealed). A page that
-- is asked for again then does nothing again.
ALTER TABLE sessions ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN note_until INTEGER NOT NULL DEFAULT 0; -- 0: there is none
