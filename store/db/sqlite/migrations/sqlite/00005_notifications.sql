-- +goose Up
-- The certificate that the endpoint showed last; 0: none.
ALTER TABLE health ADD COLUMN certificate_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE health ADD COLUMN certificate_until INTEGER NOT NULL DEFAULT 0;

-- Every page asks which bots are in trouble, and mostly there are none.
CREATE INDEX health_failing ON health (bot_id) WHERE failing_since > 0;
CREATE INDEX health_held ON health (bot_id) WHERE held > 0;
CREATE INDEX webhooks_switched_off ON webhooks (bot_id) WHERE off_reason <> '';

-- What the last look at a bot found, so that a change is told once, whoever looks and whenever it restarts.
CREATE TABLE conditions (
  bot_id BLOB    NOT NULL,
  kind   TEXT    NOT NULL,
  holds  INTEGER NOT NULL,
  since  INTEGER NOT NULL, -- when it last began or ended
  PRIMARY KEY (bot_id, kind)
);
CREATE INDEX conditions_holding ON conditions (kind, bot_id) WHERE holds = 1;

-- What was told. The rows of notification_sends are written with it, in one transaction with the condition.
CREATE TABLE notifications (
  id      BLOB    NOT NULL PRIMARY KEY,
  at      INTEGER NOT NULL,
  kind    TEXT    NOT NULL,
  bot_id  BLOB    NOT NULL, -- sixteen zeros: several bots
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

-- Who said yes or no to e-mails; the others follow from their role.
CREATE TABLE mail_choices (
  account_id BLOB    NOT NULL PRIMARY KEY,
  wanted     INTEGER NOT NULL
);

-- The notification webhook: one row.
CREATE TABLE notification_webhook (
  id     INTEGER NOT NULL PRIMARY KEY,
  url    TEXT    NOT NULL,
  secret TEXT    NOT NULL -- sealed
);
