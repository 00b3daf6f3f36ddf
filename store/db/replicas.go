package db

import (
	"context"
	"slices"
	"time"

	"iozen/store"
	"iozen/store/db/replica"
)

// hearPatience is how long the start waits until it hears what it says.
const hearPatience = 10 * time.Second

// joinReplicas connects to the other processes that serve the database.
func (db *DB) joinReplicas(ctx context.Context) error {
	server := db.at.Replicas()
	if server == nil || db.cfg.Beside {
		return nil
	}
	link := replica.Start(db.replica.String(), server, db.cfg.Replicas, replica.Heard{Notices: db.heard, Words: db.words.Notify, Gone: db.watches.Gone}, db.cfg.Log)
	db.link.Store(link)
	return link.AwaitFirst(ctx, hearPatience)
}

// heard tells the subscribers what another process has changed, as if it had been this one.
func (db *DB) heard(from string, count uint64, notices []store.Notice) {
	if slices.ContainsFunc(notices, func(n store.Notice) bool { return n.Is(store.Keys) }) {
		db.keys.ForgetAll()
	}
	db.forgetWatermarks(notices)
	db.watches.Heard(from, count, notices)
	if len(notices) > 0 {
		db.feed.Notify(notices)
	}
}

// tell tells the subscribers what a commit changed, and the other processes what its transaction has not told them.
func (db *DB) tell(notices []store.Notice) {
	if len(notices) == 0 {
		return
	}
	db.forgetWatermarks(notices)
	count := db.watches.Commit(notices)
	db.feed.Notify(notices)
	if link := db.link.Load(); link != nil {
		link.Announce(count, without(notices, toldInTransaction))
	}
}

// MayStart says whether what this process has claimed may start: whether it is its own still, and it would have heard if
// somebody else had taken it back.
func (db *DB) MayStart() bool {
	link := db.link.Load()
	return db.members.MayStart() && (link == nil || link.Fresh())
}

// Replicas is the number of processes that serve the database, this one included.
func (db *DB) Replicas() int {
	if link := db.link.Load(); link != nil {
		return 1 + len(link.Others())
	}
	return 1
}

// Tell says something to the other processes that serve the database, at once, and does not wait. Nobody may rely on it.
func (db *DB) Tell(words string) {
	if link := db.link.Load(); link != nil {
		link.Say(words)
	}
}

// Hear has notify called with what other processes say by Tell, until end is called. It must return at once.
func (db *DB) Hear(notify func(words string)) (end func()) { return db.words.Subscribe(notify) }

// toldInTransaction is what a transaction tells other processes itself: what must not be lost, or must be confirmed. The rest
// (accepting, claiming, settling) is told soon after, together: a commit that tells makes others wait.
const toldInTransaction = store.TakesBack | store.Jobs

// announce has the commit tell other processes. A process that has no link to them, such as a command, tells everything so.
func (tx *tx) announce() error {
	if tx.db.at.Replicas() == nil {
		return nil
	}
	told := tx.notices()
	if tx.db.link.Load() != nil {
		told = slices.DeleteFunc(without(told, ^toldInTransaction), func(n store.Notice) bool { return n.What == 0 })
	}
	if len(told) == 0 {
		return nil
	}
	return tx.db.at.Announce(context.Background(), tx.q, replica.InTransaction(tx.db.replica.String(), tx.ticket, told))
}

// without are notices without some of what they say: of each at least that there is news.
func without(notices []store.Notice, what store.What) []store.Notice {
	rest := slices.Clone(notices)
	for i := range rest {
		rest[i].What &^= what
	}
	return rest
}

// toConfirm makes the transaction one that other processes confirm.
func (tx *tx) toConfirm(link *replica.Link) uint64 {
	if tx.ticket == 0 {
		tx.ticket = link.Ask()
	}
	return tx.ticket
}
