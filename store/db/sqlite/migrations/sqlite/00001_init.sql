-- +goose Up
-- Ids are the 16 bytes of a UUIDv7; times are unix milliseconds (0: never); text columns that hold
-- "v1:…" are sealed (seal.go). What belongs to a bot starts its keys with bot_id.

CREATE TABLE bots (
  id         BLOB    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL DEFAULT 0
);

-- The current settings. What was sent with once also stands, for ever, in webhook_versions.
CREATE TABLE webhooks (
  bot_id          BLOB    NOT NULL PRIMARY KEY REFERENCES bots (id),
  version         INTEGER NOT NULL,
  enabled         INTEGER NOT NULL,
  off_reason      TEXT    NOT NULL DEFAULT '', -- why ioZen switched it off
  off_at          INTEGER NOT NULL DEFAULT 0,
  url             TEXT    NOT NULL,
  headers         TEXT    NOT NULL,            -- sealed JSON
  event_names     TEXT    NOT NULL,            -- JSON list, [] for all
  rate_limit      REAL,
  secret          TEXT    NOT NULL,            -- sealed
  previous_secret TEXT    NOT NULL DEFAULT '', -- sealed
  previous_until  INTEGER NOT NULL DEFAULT 0,
  settles_at      INTEGER NOT NULL DEFAULT 0,
  changed_at      INTEGER NOT NULL,            -- URL or headers
  fields          TEXT    NOT NULL,            -- JSON: who changed each field last, when, in which version
  held_left_at    INTEGER NOT NULL DEFAULT 0
);

-- The history. A row is replaced by the next save while unused, and immutable once used.
CREATE TABLE webhook_versions (
  bot_id      BLOB    NOT NULL,
  version     INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  by_id       BLOB    NOT NULL,
  by_name     TEXT    NOT NULL,
  enabled     INTEGER NOT NULL,
  url         TEXT    NOT NULL,
  headers     TEXT    NOT NULL,
  event_names TEXT    NOT NULL,
  rate_limit  REAL,
  used        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bot_id, version)
);

-- What a bot's last real attempts said, and how many deliveries wait. One row a bot, written once per group commit.
CREATE TABLE health (
  bot_id          BLOB    NOT NULL PRIMARY KEY,
  last_attempt_at INTEGER NOT NULL DEFAULT 0,
  last_success_at INTEGER NOT NULL DEFAULT 0,
  last_test_ok_at INTEGER NOT NULL DEFAULT 0,
  last_code       INTEGER NOT NULL DEFAULT 0,
  last_outcome    TEXT    NOT NULL DEFAULT '',
  first_failures  INTEGER NOT NULL DEFAULT 0,
  failing_since   INTEGER NOT NULL DEFAULT 0,
  failing_events  INTEGER NOT NULL DEFAULT 0,
  gone_at         INTEGER NOT NULL DEFAULT 0,
  waiting         INTEGER NOT NULL DEFAULT 0,
  held            INTEGER NOT NULL DEFAULT 0
);

-- One row per event, from its acceptance to the end of retention.
CREATE TABLE deliveries (
  bot_id           BLOB    NOT NULL,
  id               BLOB    NOT NULL,
  event_id         TEXT    NOT NULL,
  event_name       TEXT    NOT NULL,
  event_time       INTEGER NOT NULL,
  test             INTEGER NOT NULL,
  status           TEXT    NOT NULL,
  reason           TEXT    NOT NULL DEFAULT '',
  attempts         INTEGER NOT NULL DEFAULT 0,
  round            INTEGER NOT NULL DEFAULT 0,
  due_at           INTEGER,                     -- next attempt, or end of the lease while sending
  claim_token      INTEGER NOT NULL DEFAULT 0,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  last_code        INTEGER NOT NULL DEFAULT 0,
  last_duration_us INTEGER NOT NULL DEFAULT 0,
  last_outcome     TEXT    NOT NULL DEFAULT '',
  last_detail      TEXT    NOT NULL DEFAULT '',
  fingerprint      BLOB    NOT NULL,
  person           TEXT    NOT NULL DEFAULT '', -- masked
  warnings         TEXT    NOT NULL DEFAULT '', -- JSON
  payload          BLOB    NOT NULL,
  PRIMARY KEY (bot_id, id)
);
CREATE UNIQUE INDEX deliveries_event ON deliveries (bot_id, event_id);
CREATE INDEX deliveries_id ON deliveries (id);
CREATE INDEX deliveries_status ON deliveries (bot_id, status, id);
-- All that the engine ever scans.
CREATE INDEX deliveries_due ON deliveries (bot_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
  bot_id           BLOB    NOT NULL,
  delivery_id      BLOB    NOT NULL,
  number           INTEGER NOT NULL,
  started_at       INTEGER NOT NULL,
  webhook_version  INTEGER NOT NULL,
  remote_addr      TEXT    NOT NULL,
  protocol         TEXT    NOT NULL,
  status_code      INTEGER NOT NULL,
  duration_us      INTEGER NOT NULL,
  phases           TEXT    NOT NULL, -- six comma-separated microseconds, "-" for a phase that did not happen
  failed_phase     TEXT    NOT NULL,
  outcome          TEXT    NOT NULL,
  detail           TEXT    NOT NULL, -- JSON
  response_headers TEXT    NOT NULL, -- JSON
  response_body    BLOB    NOT NULL,
  truncated        INTEGER NOT NULL,
  certificate      TEXT    NOT NULL, -- JSON
  PRIMARY KEY (bot_id, delivery_id, number)
);

-- Keyed hashes of e-mail, phone and external id, to find a person's deliveries.
CREATE TABLE people (
  bot_id      BLOB NOT NULL,
  hash        BLOB NOT NULL,
  delivery_id BLOB NOT NULL,
  PRIMARY KEY (bot_id, hash, delivery_id)
) WITHOUT ROWID;

-- What charts and sparklines read. bucket is a latency class for the kinds that have one, else 0.
CREATE TABLE counters (
  bot_id BLOB    NOT NULL,
  hour   INTEGER NOT NULL, -- unix hours
  kind   TEXT    NOT NULL,
  bucket INTEGER NOT NULL,
  n      INTEGER NOT NULL,
  PRIMARY KEY (bot_id, hour, kind, bucket)
) WITHOUT ROWID;

CREATE TABLE accounts (
  id            BLOB    NOT NULL PRIMARY KEY,
  email         TEXT    NOT NULL UNIQUE,
  password_hash TEXT    NOT NULL,
  role          TEXT    NOT NULL,
  created_at    INTEGER NOT NULL
);

CREATE TABLE sessions (
  token      TEXT    NOT NULL PRIMARY KEY, -- hashed
  data       BLOB    NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
  id           BLOB    NOT NULL PRIMARY KEY,
  name         TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  bot_id       BLOB    NOT NULL, -- sixteen zeros: all bots
  secret_hash  BLOB    NOT NULL,
  by_id        BLOB    NOT NULL,
  by_name      TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL DEFAULT 0,
  revoked_at   INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE audit (
  id      BLOB    NOT NULL PRIMARY KEY,
  at      INTEGER NOT NULL,
  by_id   BLOB    NOT NULL,
  by_name TEXT    NOT NULL,
  ip      TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  bot_id  BLOB    NOT NULL,
  target  TEXT    NOT NULL,
  note    TEXT    NOT NULL
);
CREATE INDEX audit_bot ON audit (bot_id, id);
