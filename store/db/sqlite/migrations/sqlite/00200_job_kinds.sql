-- +goose Up
-- Jobs of other kinds join the resends: the release of what was held, and the erasure of a person. The table keeps its
-- name, to which what is in it is sealed.
ALTER TABLE resend_jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'resend';
