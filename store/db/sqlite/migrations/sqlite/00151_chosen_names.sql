-- +goose Up
-- The page once took any number of event names, and each event then took milliseconds to place. More than 100 are not
-- chosen by anybody who means it.
UPDATE webhooks SET event_names = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(event_names) LIMIT 100))
  WHERE length(event_names) > 1000 AND json_array_length(event_names) > 100;
UPDATE webhook_versions SET event_names = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(event_names) LIMIT 100))
  WHERE length(event_names) > 1000 AND json_array_length(event_names) > 100;
