package db

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"iozen/store"
	"iozen/store/clock"
	"iozen/store/db/feed"
	"iozen/store/db/memory"
	"iozen/store/db/replica"
	"iozen/store/db/sealed"
	"iozen/store/db/statement"
	"iozen/store/member"
	"iozen/store/secret"
)

// Config says where the database is and what it is opened with.
type Config struct {
	URL       string // sqlite:PATH or postgres://…
	DirectURL string // of the same database past a pooler, "" without one
	Keys      *secret.Keyring
	Log       *slog.Logger     // nil: none
	Now       func() time.Time // nil: time.Now, or the clock of those that serve the database
	Rand      io.Reader        // nil: crypto/rand.Reader
	// Beside says that another process may be serving this database: its claims and its schema are left alone. A database
	// that does not exist is still created.
	Beside bool
	// Serving says that this process serves the database: it delivers, and it is one of those that share that work.
	Serving bool
	// Replicas are the times of what those that serve one database tell each other; zero: replica.UsualTimes. Times are when one
	// of them is believed dead; zero: member.Usual.
	Replicas replica.Times
	Times    member.Times

	// Bounds of the deliveries that wait; past them Accept returns BacklogError. 0: 5,000,000 and 500,000.
	MaxPending       int
	MaxPendingPerBot int

	// How many events wait in the journal of people until they are sorted into its index. 0: usualJournal.
	JournalFull int
}

// DB is an open database. Its methods may be called from any number of goroutines.
type DB struct {
	cfg     Config
	at      database
	reader  *statement.Reader
	writer  *writer
	replica uuid.UUID // names this process among all that have ever opened the database
	members member.Membership
	led     atomic.Bool  // when it last looked at the members
	waiting atomic.Int64 // deliveries that wait, of all bots
	feed    feed.Feed[[]store.Notice]
	reserve atomic.Pointer[func(store.WebhookID, int) store.Reservation]
	known   memory.Bots
	watches feed.Watches
	link    atomic.Pointer[replica.Link] // to the other processes that serve it; nil: there are none
	words   feed.Feed[string]            // what other processes say that is not about a commit
	keys    memory.Keys
	audited atomic.Uint32
	full    memory.Backlogs

	watermarks memory.Watermarks             // of what is due
	unwiped    atomic.Bool                   // something erased may still be in the write-ahead log
	journal    atomic.Pointer[peopleJournal] // the writer replaces it
	damaged    atomic.Bool                   // a page of the file is damaged
	lack       atomic.Pointer[lack]          // nil: its disk was never full

	// Of the writer alone, which runs one operation at a time.
	opened openedWebhooks
	claims memory.Claims
}

// Open opens the database and creates it if there is none. Unless it is opened beside a server, it brings the schema up to
// date and makes the deliveries due that a crashed process had under way.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Keys == nil {
		return nil, errors.New("opening the store: no keyring")
	}
	cfg = cfg.withDefaults()
	at, writes, err := locate(cfg.URL, cfg.DirectURL)
	if err != nil {
		return nil, fmt.Errorf("opening the store: the database's address %w", err)
	}
	write, read, err := at.Open(ctx, cfg.Keys, cfg.Beside, cfg.Serving)
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		if cfg.Now, err = clockOf(ctx, at, cfg); err != nil {
			return nil, errors.Join(fmt.Errorf("opening %s: %w", at.Name(), at.Explain(err)), read.Close(), write.Close())
		}
	}
	db := &DB{cfg: cfg, at: at, members: member.Alone{}, opened: openedWebhooks{}, claims: memory.Claims{}}
	db.reader = statement.NewReader(read, writes, db.noteState)
	db.unwiped.Store(true)
	if db.replica, err = uuid.NewV7(); err != nil {
		return nil, errors.Join(err, db.reader.Close(), write.Close())
	}
	db.watches.Name = db.replica.String()
	if db.writer, err = newWriter(ctx, db, write, writes); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", at.Name(), at.Explain(err)), db.reader.Close(), write.Close())
	}
	if cfg.Serving {
		joined, err := at.Join(ctx, db.serving())
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		db.members = joined
		db.members.Watch(ctx)
	}
	if err := db.takeUp(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("taking up %s: %w", at.Name(), at.Explain(err)), db.Close())
	}
	if err := db.joinReplicas(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", at.Name(), at.Explain(err)), db.Close())
	}
	return db, nil
}

// clockOf is the clock of a process that was given none.
func clockOf(ctx context.Context, at database, cfg Config) (func() time.Time, error) {
	if !cfg.Serving {
		return time.Now, nil
	}
	wall, err := at.Wall(ctx)
	if err != nil {
		return nil, err
	}
	return clock.New(wall, cfg.Log), nil
}

// nameKey has a new database name the key of this process, and fails if it names one that this process does not have: two
// servers that begin with a new database at the same time must not seal with two keys.
func (db *DB) nameKey(ctx context.Context) error {
	named, err := sealed.Named(ctx, db.reader.Statements, db.cfg.Keys)
	if err != nil || named {
		return err
	}
	err = db.write(ctx, func(tx *tx) error {
		tx.wrote = true
		return sealed.Name(ctx, tx.q, db.cfg.Keys)
	})
	if err == nil {
		_, err = sealed.Named(ctx, db.reader.Statements, db.cfg.Keys) // another server may have been first
	}
	return err
}

// takeUp reads what the process keeps in memory and, unless a server has it, takes up what the process before it has left.
func (db *DB) takeUp(ctx context.Context) error {
	if err := db.readJournal(ctx, db.reader.Statements); err != nil {
		return err
	}
	if err := db.nameKey(ctx); err != nil || db.cfg.Beside {
		return err
	}
	return db.recover(ctx)
}

// Path is what messages call the database: the whole path of its file, or its address without a password.
func (db *DB) Path() string { return db.at.Name() }

// Now is the time by the clock that the database was opened with.
func (db *DB) Now() time.Time { return db.cfg.Now() }

func (c Config) withDefaults() Config {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Replicas == (replica.Times{}) {
		c.Replicas = replica.UsualTimes
	}
	if c.Times == (member.Times{}) {
		c.Times = member.Usual
	}
	if c.MaxPending == 0 {
		c.MaxPending = 5_000_000
	}
	if c.MaxPendingPerBot == 0 {
		c.MaxPendingPerBot = 500_000
	}
	if c.JournalFull == 0 {
		c.JournalFull = usualJournal
	}
	return c
}

// Close finishes the writes under way and closes the database. Closing twice is harmless.
func (db *DB) Close() error {
	db.writer.Drain()
	leaving := db.leave()
	if link := db.link.Load(); link != nil {
		link.Close()
	}
	// The writer's connection goes last: it can move the write-ahead log into the database and remove it.
	return errors.Join(leaving, db.reader.Close(), db.writer.close())
}

// Subscribe has notify called after each commit with what it changed, one notice for each webhook, until end is called. Nobody
// whose write was in the commit is answered before: whoever is answered that something was taken back can rely on every
// subscriber knowing it. notify runs while the writer waits: it must return at once, and must not write. Once end has returned,
// notify is not called again; calling end twice is harmless.
func (db *DB) Subscribe(notify func([]store.Notice)) (end func()) { return db.feed.Subscribe(notify) }

// Watch returns a channel that gets a signal after each commit that changed deliveries, settings or jobs of a bot
// (uuid.Nil: of any bot). Signals that nobody has taken yet are one. The function ends the watch; calling it twice is harmless.
func (db *DB) Watch(botID uuid.UUID) (<-chan struct{}, func()) { return db.watches.Watch(botID) }

// News names the state that this process knows of, for a page that it serves. Take it before reading what the page shows.
func (db *DB) News() string { return db.watches.News() }

// NewsSince says whether this process knows of something that Watch signals and that had not happened yet when some process
// that serves the database said what News it had.
func (db *DB) NewsSince(seen string) bool { return db.watches.Since(seen) }

// Waiting is the number of deliveries that wait, of all bots: queued, being sent, or to be sent again.
func (db *DB) Waiting() int { return int(db.waiting.Load()) }

// Commits is the number of transactions of this process that were synced to disk. Each serves a group of callers.
func (db *DB) Commits() int { return int(db.writer.synced.Load()) }

// NeedsReseal says whether anything is sealed with another key than the newest.
func (db *DB) NeedsReseal(ctx context.Context) (bool, error) {
	return sealed.AnyOld(ctx, db.reader, db.cfg.Keys)
}

// Reseal seals up to limit values again with the newest key and returns how many; call it until there are none. It may be
// interrupted at any point: a value that is sealed with an older key of the file can still be opened.
func (db *DB) Reseal(ctx context.Context, limit int) (n int, err error) {
	err = db.write(ctx, func(tx *tx) (err error) {
		tx.wrote = true
		n, err = sealed.Reseal(ctx, tx.q, db.cfg.Keys, limit)
		return err
	})
	return n, err
}

// ResealDone ends a rotation: it adds the audit entry, and clears what older keys can open out of the file.
func (db *DB) ResealDone(ctx context.Context, by store.Actor) error {
	if err := db.AddAudit(ctx, store.AuditEntry{By: by, Action: "key.rotate_master", Target: db.cfg.Keys.Newest().ID}); err != nil {
		return err
	}
	_, err := db.wipe(ctx) // if it is not done, the server's maintenance does it, or the next start
	return err
}
