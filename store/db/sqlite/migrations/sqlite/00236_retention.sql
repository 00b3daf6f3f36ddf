-- +goose Up
-- What owners have chosen for the whole workspace. There is one row, or none while nothing was chosen.
CREATE TABLE workspace (
  id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  retention_days INTEGER NOT NULL -- how long the log is kept
);
