-- +goose Up
-- What home shows of a bot's last 30 days. The hours are too many to add up for a list of bots: a busy one has twenty
-- counters an hour, by how long the answers took. A day is one of UTC, as everywhere in the counters.
CREATE TABLE days (
  bot_id          BLOB    NOT NULL,
  day             INTEGER NOT NULL, -- unix days
  accepted        INTEGER NOT NULL,
  delivered       INTEGER NOT NULL,
  failed_attempts INTEGER NOT NULL,
  failed          INTEGER NOT NULL,
  PRIMARY KEY (bot_id, day)
) WITHOUT ROWID;

INSERT INTO days (bot_id, day, accepted, delivered, failed_attempts, failed)
SELECT c.bot_id, c.hour / 24,
       SUM(CASE c.kind WHEN 'accepted' THEN c.n ELSE 0 END), SUM(CASE c.kind WHEN 'delivered' THEN c.n ELSE 0 END),
       SUM(CASE c.kind WHEN 'failed_attempt' THEN c.n ELSE 0 END), SUM(CASE c.kind WHEN 'failed' THEN c.n ELSE 0 END)
FROM bots b CROSS JOIN counters c ON c.bot_id = b.id
GROUP BY 1, 2;
