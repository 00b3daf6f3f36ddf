-- +goose Up
-- Earlier versions let the settings page store event names without a bound, and rate limits that mean "never". Each
-- event that comes in reads the names, so more than can be chosen now (store/event/event_choice.go) are cut.
UPDATE webhooks
   SET undo = '', event_names = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(webhooks.event_names) ORDER BY key LIMIT 100))
 WHERE json_array_length(event_names) > 100;
UPDATE webhook_versions
   SET event_names = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(webhook_versions.event_names) ORDER BY key LIMIT 100))
 WHERE json_array_length(event_names) > 100;
UPDATE webhooks SET rate_limit = 0.01 WHERE rate_limit > 0 AND rate_limit < 0.01;
