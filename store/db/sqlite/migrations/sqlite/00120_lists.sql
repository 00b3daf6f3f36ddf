-- +goose Up
-- What lists of deliveries are read along (delivery_route.go). Only the first of these costs an event that is delivered
-- at its first attempt anything.
CREATE INDEX deliveries_name ON deliveries (bot_id, event_name, id);
CREATE INDEX deliveries_test ON deliveries (bot_id, id) WHERE test = 1;
CREATE INDEX deliveries_code ON deliveries (bot_id, last_code, id) WHERE attempts > 0 AND (last_code < 200 OR last_code > 299);
CREATE INDEX deliveries_trouble ON deliveries (status, id) WHERE status NOT IN ('delivered', 'queued', 'sending');
