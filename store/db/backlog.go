package db

import (
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// backlogRetry is how long a client is asked to wait when too much waits already.
const backlogRetry = 30 * time.Second

// Backlog says, without asking the database, whether about n events of a bot are to be refused unread because too much
// waits (*BacklogError). Otherwise a client that posts faster than can be delivered would use up the machine with refusals.
func (db *DB) Backlog(botID uuid.UUID, n int) error {
	now := db.cfg.Now()
	switch {
	case db.full.Refuses(botID, n, now):
		return &store.BacklogError{RetryAfter: backlogRetry, PerBot: true}
	case db.full.Refuses(uuid.Nil, n, now):
		return &store.BacklogError{RetryAfter: backlogRetry}
	}
	return nil
}

// checkBacklog refuses events that would wait beyond a bound. Those that do not wait need no room.
func (tx *tx) checkBacklog(a acceptance, events []store.NewDelivery, fresh []int) error {
	c, n, ofBot := tx.db.cfg, 0, 0
	for i, g := range a.gates {
		n += g.queues(events, fresh, g.mayQueue)
		ofBot += a.health[i].waiting
	}
	inAll := int(tx.db.waiting.Load()) + tx.waiting
	if ofBot+n > c.MaxPendingPerBot || inAll+n > c.MaxPending { // only now it matters what filters say
		n = 0
		for _, g := range a.gates {
			n += g.queues(events, fresh, g.queued)
		}
	}
	switch {
	case n == 0:
		return nil
	case ofBot+n > c.MaxPendingPerBot:
		return &store.BacklogError{RetryAfter: backlogRetry, PerBot: true, Room: c.MaxPendingPerBot - ofBot}
	case inAll+n > c.MaxPending:
		return &store.BacklogError{RetryAfter: backlogRetry, Room: c.MaxPending - inAll}
	}
	return nil
}

// noteFull remembers a backlog that refused events.
func (db *DB) noteFull(botID uuid.UUID, refused *store.BacklogError) {
	if !refused.PerBot {
		botID = uuid.Nil
	}
	db.full.Refused(botID, refused.Room, db.cfg.Now())
}

// noteRoom looks at the backlogs that a committed transaction has changed. What waits for other webhooks of the bot is not
// counted here: the next Accept does.
func (tx *tx) noteRoom() {
	for id, h := range tx.health {
		tx.db.full.Room(id.BotID, tx.db.cfg.MaxPendingPerBot-h.waiting, tx.now)
	}
	tx.db.full.Room(uuid.Nil, tx.db.cfg.MaxPending-int(tx.db.waiting.Load()), tx.now)
}
