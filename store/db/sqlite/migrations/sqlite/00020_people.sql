-- +goose Up
-- Keyed hashes of e-mail, phone and external id, to find a person's deliveries. A run is six hours of acceptance (of the
-- delivery's id): new hashes go into one small part of the tree, a whole old run is dropped at once, and a search looks
-- into each run, whatever the number of bots (decision 0020).
DROP TABLE people;
CREATE TABLE people (
  run         INTEGER NOT NULL,
  hash        BLOB    NOT NULL,
  bot_id      BLOB    NOT NULL,
  delivery_id BLOB    NOT NULL,
  PRIMARY KEY (run, hash, bot_id, delivery_id)
) WITHOUT ROWID;

-- What accepting adds, not yet sorted into people: one row a group commit, its entries one after another (journal.go).
CREATE TABLE people_journal (
  id      INTEGER NOT NULL PRIMARY KEY,
  entries BLOB    NOT NULL
);
