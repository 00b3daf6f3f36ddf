-- +goose Up
-- Fingerprints were hashes that anybody can make. That of an erased event gave its phone number back to whoever tried
-- them all. Those of other events go with retention, or when their person is erased.
UPDATE deliveries SET fingerprint = x'' WHERE reason = 'erased' AND length(fingerprint) > 0;
