-- +goose Up
-- What deliveries were before an act queued them again, so that the act can be taken back. Of each delivery there is the
-- newest act only; a row leaves half an hour after it.
CREATE TABLE put_back (
  bot_id      BLOB    NOT NULL,
  delivery_id BLOB    NOT NULL,
  act_id      BLOB    NOT NULL, -- the job, or of a single resend the delivery
  at          INTEGER NOT NULL,
  status      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  attempts    INTEGER NOT NULL,
  round       INTEGER NOT NULL,
  due_at      INTEGER,
  late        INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  taken_at    INTEGER NOT NULL DEFAULT 0, -- when it was taken back; 0: it was not
  PRIMARY KEY (bot_id, delivery_id)
);
CREATE INDEX put_back_act ON put_back (act_id, delivery_id);
CREATE INDEX put_back_at ON put_back (at);
