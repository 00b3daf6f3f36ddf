package store

import (
	"strings"

	"github.com/google/uuid"

	"iozen/store/text"
)

// search is one whole term that deliveries are looked for by: an event id, a delivery id, or one of the things that are
// known of a person.
type search struct {
	term       string
	hashes     []personHash
	journalled []uuid.UUID // that are about the person, and not in the index of people yet
}

// search looks into the journal of people before the index is asked: what is sorted in meanwhile is found there.
func (db *DB) search(query string) (s search) {
	if s.term = text.Clean(query); s.term == "" {
		return s
	}
	for _, p := range peopleOf(query, query, query) {
		s.hashes = append(s.hashes, db.cfg.Keys.allHashes(p.Kind, p.forms())...)
	}
	s.journalled = db.journal.Load().about(s.hashes)
	return s
}

// condition is that a delivery is found by the term. The subquery names ids, so that the list is driven by them.
func (s search) condition(bot uuid.UUID) condition {
	bots, args := "SELECT id FROM bots", []any{}
	if bot != uuid.Nil {
		bots, args = "SELECT ? AS id", []any{idBytes(bot)}
	}
	args = append(args, s.term)
	ids := `SELECT e.id FROM (` + bots + `) q CROSS JOIN deliveries e WHERE e.bot_id = q.id AND e.event_id = ?`
	if n := len(s.hashes); n > 0 {
		ids += ` UNION ALL SELECT p.delivery_id FROM runs CROSS JOIN people p WHERE p.run = runs.run AND p.hash IN (?` + strings.Repeat(", ?", n-1) + `)`
		for _, h := range s.hashes {
			args = append(args, h[:])
		}
	}
	if id, err := uuid.Parse(s.term); err == nil {
		ids += ` UNION ALL SELECT ?`
		args = append(args, idBytes(id))
	}
	if n := len(s.journalled); n > 0 {
		ids += ` UNION ALL SELECT * FROM (VALUES (?)` + strings.Repeat(", (?)", n-1) + `) journalled`
		for _, id := range s.journalled {
			args = append(args, idBytes(id))
		}
	}
	return condition{"d.id IN (" + peopleRuns + ids + ")", args}
}
