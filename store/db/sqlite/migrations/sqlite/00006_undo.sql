-- +goose Up
-- What the field that a page changed last was before (webhooks_undo.go), sealed JSON; '' when nothing can be undone.
ALTER TABLE webhooks ADD COLUMN undo TEXT NOT NULL DEFAULT '';
