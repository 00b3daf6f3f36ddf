-- +goose Up
-- Times are unix milliseconds (0: never), ids that people and programs use are the 16 bytes of a UUIDv7, and text columns
-- that hold "v1:…" are sealed (store/secret). Inside, a bot and a delivery go by their numbers: keys are short, and what
-- belongs to a bot has the bot first in its keys.

CREATE TABLE bots (
  number     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- never reused
  id         BLOB    NOT NULL UNIQUE,
  name       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL DEFAULT 0,
  webhooks   INTEGER NOT NULL DEFAULT 0 -- how many it ever had: the numbers of webhooks are never reused either
);

-- The current settings of a bot's webhooks, numbered in the bot. What was sent with once also stands, forever, in
-- webhook_versions.
CREATE TABLE webhooks (
  bot             INTEGER NOT NULL REFERENCES bots (number),
  n               INTEGER NOT NULL,
  name            TEXT    NOT NULL DEFAULT '',
  place           INTEGER NOT NULL,            -- in the order in which people see them
  deleted_at      INTEGER NOT NULL DEFAULT 0,
  version         INTEGER NOT NULL,
  enabled         BOOLEAN NOT NULL,
  off_reason      TEXT    NOT NULL DEFAULT '', -- why ioZen switched it off
  off_at          INTEGER NOT NULL DEFAULT 0,
  url             TEXT    NOT NULL,
  headers         TEXT    NOT NULL,            -- sealed JSON
  event_names     TEXT    NOT NULL,            -- JSON list, [] for all
  rate_limit      REAL,
  filter          TEXT    NOT NULL DEFAULT '', -- this and the next four: JSON as the API shows it, '' if nothing was chosen
  format          TEXT    NOT NULL DEFAULT '',
  leave_out       TEXT    NOT NULL DEFAULT '',
  consent         TEXT    NOT NULL DEFAULT '', -- the word
  success         TEXT    NOT NULL DEFAULT '',
  secret          TEXT    NOT NULL,            -- sealed
  previous_secret TEXT    NOT NULL DEFAULT '', -- sealed
  previous_until  INTEGER NOT NULL DEFAULT 0,
  settles_at      INTEGER NOT NULL DEFAULT 0,
  changed_at      INTEGER NOT NULL,            -- URL or headers
  fields          TEXT    NOT NULL,            -- JSON: who changed each field last, when, in which version
  held_left_at    INTEGER NOT NULL DEFAULT 0,
  undo            TEXT    NOT NULL DEFAULT '', -- sealed JSON: what the field that a page changed last was before
  PRIMARY KEY (bot, n)
);
-- Every page asks which webhooks are in trouble, and mostly there are none.
CREATE INDEX webhooks_switched_off ON webhooks (bot, n) WHERE off_reason <> '';
CREATE INDEX webhooks_deleted ON webhooks (bot) WHERE deleted_at > 0;

-- The history. A row is replaced by the next save while unused, and immutable once used.
CREATE TABLE webhook_versions (
  bot         INTEGER NOT NULL,
  n           INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  by_id       BLOB    NOT NULL,
  by_name     TEXT    NOT NULL,
  enabled     BOOLEAN NOT NULL,
  url         TEXT    NOT NULL,
  headers     TEXT    NOT NULL,
  event_names TEXT    NOT NULL,
  rate_limit  REAL,
  filter      TEXT    NOT NULL DEFAULT '',
  format      TEXT    NOT NULL DEFAULT '',
  leave_out   TEXT    NOT NULL DEFAULT '',
  consent     TEXT    NOT NULL DEFAULT '',
  success     TEXT    NOT NULL DEFAULT '',
  used        BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (bot, n, version)
);

-- What the last real attempts at a webhook said, and how many deliveries wait. It is written once per group commit.
CREATE TABLE health (
  bot               INTEGER NOT NULL,
  n                 INTEGER NOT NULL,
  last_attempt_at   INTEGER NOT NULL DEFAULT 0,
  last_success_at   INTEGER NOT NULL DEFAULT 0,
  last_test_ok_at   INTEGER NOT NULL DEFAULT 0,
  last_code         INTEGER NOT NULL DEFAULT 0,
  last_outcome      TEXT    NOT NULL DEFAULT '',
  first_failures    INTEGER NOT NULL DEFAULT 0,
  failing_since     INTEGER NOT NULL DEFAULT 0,
  failing_events    INTEGER NOT NULL DEFAULT 0,
  -- What counts towards switching a webhook off starts anew also when a person switches it on, or changes where or how it
  -- sends.
  strikes_since     INTEGER NOT NULL DEFAULT 0,
  strikes           INTEGER NOT NULL DEFAULT 0,
  gone_at           INTEGER NOT NULL DEFAULT 0,
  certificate_from  INTEGER NOT NULL DEFAULT 0, -- the certificate that the endpoint showed last
  certificate_until INTEGER NOT NULL DEFAULT 0,
  waiting           INTEGER NOT NULL DEFAULT 0,
  held              INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bot, n)
) WITHOUT ROWID;
CREATE INDEX health_failing ON health (bot) WHERE failing_since > 0;
CREATE INDEX health_held ON health (bot) WHERE held > 0;

-- One row for each event on its way to one webhook, from its acceptance to the end of retention. The number is the
-- beginning of the id (number.go), so that rows lie in the order of their acceptance and an id leads to its row.
CREATE TABLE deliveries (
  number           INTEGER NOT NULL PRIMARY KEY,
  bot              INTEGER NOT NULL,
  n                INTEGER NOT NULL,            -- the webhook
  id               BLOB    NOT NULL,
  event            INTEGER,                     -- NULL: the event's bytes are here; else the number of the delivery that has them
  event_id         TEXT    NOT NULL,
  event_name       TEXT    NOT NULL,
  event_time       INTEGER NOT NULL,
  test             BOOLEAN NOT NULL,
  status           TEXT    NOT NULL,
  reason           TEXT    NOT NULL DEFAULT '',
  attempts         INTEGER NOT NULL DEFAULT 0,
  round            INTEGER NOT NULL DEFAULT 0,
  late             BOOLEAN NOT NULL DEFAULT FALSE, -- a retry, or held for a time: it gives way to those that are tried for the first time
  due_at           INTEGER,                     -- next attempt, or end of the lease while sending
  claim_token      INTEGER NOT NULL DEFAULT 0,
  owner            INTEGER NOT NULL DEFAULT 0, -- while sending: the number of the member that has claimed it; one process has none
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  last_code        INTEGER NOT NULL DEFAULT 0,
  last_duration_us INTEGER NOT NULL DEFAULT 0,
  last_outcome     TEXT    NOT NULL DEFAULT '',
  last_detail      TEXT    NOT NULL DEFAULT '',
  person           TEXT    NOT NULL DEFAULT '', -- masked
  warnings         TEXT    NOT NULL DEFAULT '', -- JSON
  payload          BLOB                         -- the event's bytes
);
-- All that the engine ever scans: of each webhook, first attempts and late deliveries apart.
CREATE INDEX deliveries_due ON deliveries (bot, n, late, due_at) WHERE due_at IS NOT NULL;
-- What lists of deliveries are read along (delivery_list.go). Only the first two of these cost an event that is delivered at
-- its first attempt anything. An index of SQLite ends in the row's number.
CREATE INDEX deliveries_bot ON deliveries (bot);
CREATE INDEX deliveries_name ON deliveries (bot, event_name);
CREATE INDEX deliveries_status ON deliveries (bot, status) WHERE status NOT IN ('delivered', 'queued', 'sending');
CREATE INDEX deliveries_trouble ON deliveries (status) WHERE status NOT IN ('delivered', 'queued', 'sending');
CREATE INDEX deliveries_code ON deliveries (bot, last_code) WHERE attempts > 0 AND (last_code < 200 OR last_code > 299);
CREATE INDEX deliveries_test ON deliveries (bot) WHERE test;
-- Held events by the time they have been held: their count, since when, and which are to expire.
CREATE INDEX deliveries_held ON deliveries (bot, n, updated_at) WHERE status = 'held';
-- The other deliveries of an event.
CREATE INDEX deliveries_event ON deliveries (bot, event) WHERE event IS NOT NULL;

-- Which events a bot's log holds: it decides what is a repeat. The delivery is the event's first.
CREATE TABLE event_ids (
  bot         INTEGER NOT NULL,
  event_id    TEXT    NOT NULL,
  delivery    INTEGER NOT NULL,
  fingerprint BLOB    NOT NULL, -- keyed; empty: nothing is known of what was given
  PRIMARY KEY (bot, event_id)
) WITHOUT ROWID;

-- Attempts lie under their delivery. One is known by the claim under which it was made, so that it stands here once, however
-- often it is recorded.
CREATE TABLE attempts (
  bot              INTEGER NOT NULL,
  delivery         INTEGER NOT NULL,
  claim            INTEGER NOT NULL, -- the claim's token
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
  truncated        BOOLEAN NOT NULL,
  certificate      TEXT    NOT NULL, -- JSON
  PRIMARY KEY (delivery, claim)
) WITHOUT ROWID;

-- Keyed hashes of email, phone and external id, to find a person's deliveries. A run is six hours of acceptance (of the
-- delivery's number): new hashes go into one small part of the tree, a whole old run is dropped at once, and a search looks
-- into each run, whatever the number of bots (decision 0020).
CREATE TABLE people (
  run      INTEGER NOT NULL,
  hash     BLOB    NOT NULL,
  bot      INTEGER NOT NULL,
  delivery INTEGER NOT NULL, -- the event's first
  PRIMARY KEY (run, hash, bot, delivery)
) WITHOUT ROWID;

-- What accepting adds, not yet sorted into people: one row a group commit, its entries one after another (people.go).
CREATE TABLE people_journal (
  id      INTEGER NOT NULL PRIMARY KEY,
  entries BLOB    NOT NULL
);

-- What charts read, an hour each; bot 0 is all bots together. bucket is a latency class for the kinds that have one, else 0.
-- Each writer counts in rows of its own.
CREATE TABLE counters (
  bot    INTEGER NOT NULL,
  hour   INTEGER NOT NULL, -- unix hours
  kind   TEXT    NOT NULL,
  bucket INTEGER NOT NULL,
  n      INTEGER NOT NULL, -- the webhook
  writer INTEGER NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY (bot, hour, kind, bucket, n, writer)
) WITHOUT ROWID;

-- What home shows of the last 30 days; bot 0 is all bots together. A day is one of UTC, as everywhere in the counters.
CREATE TABLE days (
  bot             INTEGER NOT NULL,
  day             INTEGER NOT NULL, -- unix days
  n               INTEGER NOT NULL, -- the webhook
  writer          INTEGER NOT NULL,
  accepted        INTEGER NOT NULL,
  delivered       INTEGER NOT NULL,
  failed_attempts INTEGER NOT NULL,
  failed          INTEGER NOT NULL, -- given up
  expired         INTEGER NOT NULL, -- held for too long
  answered        INTEGER NOT NULL, -- attempts with an answer,
  answered_ms     INTEGER NOT NULL, -- and how long those took together
  PRIMARY KEY (bot, day, n, writer)
) WITHOUT ROWID;

CREATE TABLE accounts (
  id            BLOB    NOT NULL PRIMARY KEY,
  email         TEXT    NOT NULL UNIQUE,
  password_hash TEXT    NOT NULL,
  role          TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  seen_at       INTEGER NOT NULL DEFAULT 0
);

-- Sessions say whose they are, so that they can be listed and ended.
CREATE TABLE sessions (
  token      TEXT    NOT NULL PRIMARY KEY, -- hashed
  id         BLOB    NOT NULL UNIQUE,      -- what a page calls it by
  account_id BLOB    NOT NULL,             -- sixteen zeros: the second factor is still to come
  data       BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ip         TEXT    NOT NULL,
  agent      TEXT    NOT NULL,
  -- What an act leaves for the pages after it, words about it and what is shown for ten minutes only: a page that is asked
  -- for again does nothing again.
  note       TEXT    NOT NULL DEFAULT '',  -- sealed
  note_until INTEGER NOT NULL DEFAULT 0    -- 0: there is none
);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_account ON sessions (account_id);

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

-- The audit log outlives the bots that it names, by their public ids. It is only ever appended to. Retention is the one
-- exception: what is two years (store.AuditKept) older than the newest act may go.
CREATE TABLE audit (
  id      BLOB    NOT NULL PRIMARY KEY,
  at      INTEGER NOT NULL,
  by_id   BLOB    NOT NULL,
  by_name TEXT    NOT NULL,
  ip      TEXT    NOT NULL,
  action  TEXT    NOT NULL,
  bot_id  BLOB    NOT NULL,
  n       INTEGER NOT NULL, -- the webhook; 0: none, or all of the bot's
  target  TEXT    NOT NULL,
  note    TEXT    NOT NULL
);
CREATE INDEX audit_bot ON audit (bot_id, id);
CREATE INDEX audit_by ON audit (by_name, id);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_target ON audit (target, id);
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

-- Acts on more rows than one transaction takes, done a few at a time. What a restart must not lose is here.
CREATE TABLE jobs (
  id         BLOB    NOT NULL PRIMARY KEY,
  kind       TEXT    NOT NULL,
  bot_id     BLOB    NOT NULL,            -- sixteen zeros: of all bots
  n          INTEGER NOT NULL DEFAULT 0,  -- the webhook; 0: of all
  about      TEXT    NOT NULL,            -- sealed JSON: it may name a person
  state      TEXT    NOT NULL,
  reason     TEXT    NOT NULL DEFAULT '', -- why it stopped by itself
  total      INTEGER NOT NULL DEFAULT -1, -- -1: not counted yet
  done       INTEGER NOT NULL DEFAULT 0,
  reached    BLOB    NOT NULL,            -- the last delivery that was looked at
  by_id      BLOB    NOT NULL,
  by_name    TEXT    NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_state ON jobs (state, id);

-- What deliveries were before an act queued them again, so that the act can be taken back. Of each delivery there is the
-- newest act only; a row leaves half an hour after it.
CREATE TABLE put_back (
  bot        INTEGER NOT NULL,
  delivery   INTEGER NOT NULL,
  act_id     BLOB    NOT NULL, -- the job, or of a single resend the delivery
  at         INTEGER NOT NULL,
  status     TEXT    NOT NULL,
  reason     TEXT    NOT NULL,
  attempts   INTEGER NOT NULL,
  round      INTEGER NOT NULL,
  due_at     INTEGER,
  late       BOOLEAN NOT NULL,
  updated_at INTEGER NOT NULL,
  taken_at   INTEGER NOT NULL DEFAULT 0, -- when it was taken back; 0: it was not
  PRIMARY KEY (bot, delivery)
) WITHOUT ROWID;
CREATE INDEX put_back_act ON put_back (act_id, delivery);
CREATE INDEX put_back_at ON put_back (at);

-- What the last look at a webhook found, so that a change is told once, whoever looks and whenever it restarts.
CREATE TABLE conditions (
  bot   INTEGER NOT NULL,
  n     INTEGER NOT NULL,
  kind  TEXT    NOT NULL,
  holds BOOLEAN NOT NULL,
  since INTEGER NOT NULL, -- when it last began or ended
  PRIMARY KEY (bot, n, kind)
) WITHOUT ROWID;
CREATE INDEX conditions_holding ON conditions (kind, bot) WHERE holds;

-- What was told. The rows of notification_sends are written with it, in one transaction with the condition.
CREATE TABLE notifications (
  id      BLOB    NOT NULL PRIMARY KEY,
  at      INTEGER NOT NULL,
  kind    TEXT    NOT NULL,
  bot_id  BLOB    NOT NULL, -- sixteen zeros: several bots
  n       INTEGER NOT NULL, -- the webhook; 0: several bots
  bot     TEXT    NOT NULL, -- its name then
  title   TEXT    NOT NULL,
  text    TEXT    NOT NULL
);
CREATE TABLE notification_sends (
  notification_id BLOB    NOT NULL,
  channel         TEXT    NOT NULL, -- mail, webhook
  target          TEXT    NOT NULL, -- an address; '' for the webhook: its URL is that of the moment of sending
  status          TEXT    NOT NULL, -- queued, sending, sent, failed
  attempts        INTEGER NOT NULL DEFAULT 0,
  due_at          INTEGER,          -- next attempt, or end of the lease while sending
  note            TEXT    NOT NULL DEFAULT '', -- what went wrong last
  PRIMARY KEY (notification_id, channel, target)
);
CREATE INDEX notification_sends_due ON notification_sends (due_at) WHERE due_at IS NOT NULL;

-- Who said yes or no to emails; the others follow from their role.
CREATE TABLE mail_choices (
  account_id BLOB    NOT NULL PRIMARY KEY,
  wanted     BOOLEAN NOT NULL
);

-- The notification webhook: one row.
CREATE TABLE notification_webhook (
  id     INTEGER NOT NULL PRIMARY KEY,
  url    TEXT    NOT NULL,
  secret TEXT    NOT NULL -- sealed
);

-- What was chosen for the whole workspace. There is one row, or none while nothing was chosen.
CREATE TABLE workspace (
  id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  retention_days INTEGER NOT NULL DEFAULT 0, -- how long the log is kept; 0: as the server says
  begin_bot      INTEGER NOT NULL DEFAULT 0, -- the webhook whose settings new bots begin with; 0: none
  begin_n        INTEGER NOT NULL DEFAULT 0
);

-- One row: whether the database can commit, until when deletion may count (decision 0150), and when rows from the future
-- were last made. 0: not known, none.
CREATE TABLE heartbeat (
  beats      INTEGER NOT NULL,
  trusted_at INTEGER NOT NULL DEFAULT 0,
  future_at  INTEGER NOT NULL DEFAULT 0
);
INSERT INTO heartbeat (beats) VALUES (0);

-- One row: a value that the first server has sealed, so that every other one needs its key before anything else is sealed.
CREATE TABLE key_check (
  id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  value TEXT    NOT NULL -- sealed
);

-- The processes that serve the database now. One serves a file, so that there are none here.
CREATE TABLE members (
  number INTEGER NOT NULL PRIMARY KEY,
  id     BLOB    NOT NULL UNIQUE,
  beat   INTEGER NOT NULL
);
