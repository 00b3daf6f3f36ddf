-- +goose Up
-- What counts towards switching a webhook off. It starts anew with a success, and when a person switches the webhook
-- on or changes where or how it sends; failing_since and failing_events only with a success.
ALTER TABLE health ADD COLUMN strikes_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE health ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;
UPDATE health SET strikes_since = failing_since, strikes = failing_events;
