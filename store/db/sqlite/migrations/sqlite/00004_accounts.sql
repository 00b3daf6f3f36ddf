-- +goose Up
-- Sessions say whose they are, so that they can be listed and ended. Those of before had no owner: sign in again.
DROP TABLE sessions;
CREATE TABLE sessions (
  token      TEXT    NOT NULL PRIMARY KEY, -- hashed
  id         BLOB    NOT NULL UNIQUE,      -- what a page calls it by
  account_id BLOB    NOT NULL,             -- sixteen zeros: the second factor is still to come
  data       BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ip         TEXT    NOT NULL,
  agent      TEXT    NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_account ON sessions (account_id);

ALTER TABLE accounts ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;

-- A row goes when it is accepted, revoked or replaced: the link works once.
CREATE TABLE invitations (
  id         BLOB    NOT NULL PRIMARY KEY,
  token_hash BLOB    NOT NULL UNIQUE,
  email      TEXT    NOT NULL UNIQUE,
  role       TEXT    NOT NULL,
  by_id      BLOB    NOT NULL,
  by_name    TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);

CREATE TABLE second_factors (
  account_id   BLOB    NOT NULL PRIMARY KEY,
  secret       TEXT    NOT NULL,           -- sealed
  confirmed_at INTEGER NOT NULL DEFAULT 0, -- 0: being set up
  last_step    INTEGER NOT NULL DEFAULT 0  -- of the last code taken: a code counts once
);

CREATE TABLE recovery_codes (
  account_id BLOB NOT NULL,
  hash       BLOB NOT NULL,
  PRIMARY KEY (account_id, hash)
);

-- The audit log is only ever appended to. Retention is the one exception: what is two years (store.AuditKept) older
-- than the newest act may go.
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN OLD.at >= (SELECT at FROM audit ORDER BY id DESC LIMIT 1) - 730 * 86400000
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

CREATE INDEX audit_by ON audit (by_name, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_target ON audit (target, id);
