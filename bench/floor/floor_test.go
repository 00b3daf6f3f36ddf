package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/sqlite"
	"iozen/store/event"
	"iozen/store/secret"
)

// written are the tables of which the floor writes rows, each with the order to compare them in.
var written = map[string]string{
	"deliveries": "number", "event_ids": "bot, event_id", "attempts": "delivery, number", "people": "run, hash, delivery", "people_journal": "id",
	"counters": "hour, kind, bucket", "days": "bot, day", "health": "bot",
}

func TestTheFloorWritesTheRowsThatTheProductWrites(t *testing.T) {
	for name, h := range houses {
		t.Run(name+", events accepted", func(t *testing.T) { requireSameAccepted(t, newProduct(t, h)) })
		t.Run(name+", events delivered", func(t *testing.T) { requireSameDelivered(t, newProduct(t, h)) })
	}
}

func requireSameAccepted(t *testing.T, p *product) {
	t.Helper()
	// The product has just sorted the first journalFull events into the index of people after the last of these groups.
	// While it sorts, in every group a part, as many come again as are still in the journal.
	events, group := p.events, 500
	given := p.otherTables()
	p.accept(events, group)
	require.Equal(t, given, p.otherTables(), "accepting writes to a table that the floor does not know")
	requireSame(t, tables(t, p.source), p.floor(accept, events/group))
}

func requireSameDelivered(t *testing.T, p *product) {
	t.Helper()
	const events, group = 240, 12
	p.accept(events, group)
	accepted := tables(t, p.source)
	claims, version := p.claim(events)
	given := p.otherTables() // the first claim of a version has marked it as used
	p.settle(claims, version)
	require.Equal(t, given, p.otherTables(), "delivering writes to a table that the floor does not know")
	delivered := tables(t, p.source)

	requireSame(t, delivered, p.floor(both, events/group))
	before := p.floor(accept, events/group)
	require.Equal(t, accepted["deliveries"], before["deliveries"], "a delivered event, as it was accepted")
	after := p.floor(deliver, 7)
	delete(after, "people_journal") // its groups are those of accepting
	delete(delivered, "people_journal")
	requireSame(t, delivered, after)
}

// requireSame tells the first row that is another, not all of them.
func requireSame(t *testing.T, want, got map[string][]string) {
	t.Helper()
	require.Len(t, got, len(want))
	for name, rows := range want {
		require.Len(t, got[name], len(rows), name)
		for i, row := range rows {
			require.Equal(t, row, got[name][i], "%s, row %d", name, i)
		}
	}
}

func TestTheWorkIsSharedOutAmongAllGroups(t *testing.T) {
	for _, c := range []struct{ n, groups int }{{1, 1}, {10, 1}, {10, 3}, {10, 10}, {3, 7}, {50_000, 391}, {0, 5}} {
		next := 0
		for group := range c.groups {
			from, to := part(c.n, c.groups, group)
			require.Equal(t, next, from, c)
			require.LessOrEqual(t, to-from, c.n/c.groups+1, c)
			next = to
		}
		require.Equal(t, c.n, next, c)
		for _, outside := range []int{-1, c.groups} {
			from, to := part(c.n, c.groups, outside)
			require.Equal(t, from, to, c)
		}
	}
}

func TestTheFloorRefusesWorkThatItsRowsAreNotOf(t *testing.T) {
	p := newProduct(t, houses["SQLite"])
	p.accept(4, 2)
	rows, err := readRows(t.Context(), p.source)
	require.NoError(t, err)
	l, _ := p.newLoop()
	for _, c := range []struct {
		work   string
		groups int
		says   string
	}{
		{deliver, 2, "none of these events was delivered"},
		{both, 2, "none of these events was delivered"},
		{accept, 0, "4 events in 0 groups"},
		{accept, 5, "4 events in 5 groups"},
	} {
		_, err := l.prepare(rows, c.work, c.groups)
		require.EqualError(t, err, c.says)
	}
}

// house is one of the databases: how an empty one is made, for the product and for the floor, and where its schema is.
type house struct {
	product    func(t *testing.T) (url, source string)
	floor      func(t *testing.T) (database, source string)
	migrations string
	// events are how many are accepted. SQLite's are so many that the index of people gets some; the processes that share one of
	// PostgreSQL sort them in at moments of their own.
	events int
}

var houses = map[string]house{
	"SQLite": {
		func(t *testing.T) (string, string) {
			path := filepath.Join(t.TempDir(), "iozen.db")
			return "sqlite:" + path, path
		},
		func(t *testing.T) (string, string) {
			path := filepath.Join(t.TempDir(), "floor.db")
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			return sqlite.DSN(path, "rw"), path
		},
		"../../store/db/sqlite/migrations/sqlite", 12_000,
	},
	"PostgreSQL": {
		func(t *testing.T) (string, string) {
			url := pgtest.URL(t)
			return url, url
		},
		func(t *testing.T) (string, string) {
			url := pgtest.Empty(t)
			return url, url
		},
		"../../store/db/postgres/migrations", 4_000,
	},
}

// product is a store with one bot that sends.
type product struct {
	house
	t      *testing.T
	db     *db.DB
	source string
	bot    uuid.UUID
}

func newProduct(t *testing.T, h house) *product {
	t.Helper()
	p := &product{t: t, house: h}
	url, source := h.product(t)
	p.source = source
	var err error
	p.db, err = db.Open(t.Context(), db.Config{URL: url, Keys: secret.NewKeyring([32]byte{1})})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.db.Close()) })
	by, url := store.Actor{Name: "test"}, "https://example.com/hook"
	bot, err := p.db.CreateBot(t.Context(), "bot", by)
	require.NoError(t, err)
	_, err = p.db.SaveWebhook(t.Context(), store.FirstWebhook(bot.ID), store.WebhookChange{Enabled: new(true), URL: &url, By: by})
	require.NoError(t, err)
	p.bot = bot.ID
	return p
}

func (p *product) accept(n, group int) {
	for first := 0; first < n; first += group {
		var posted []string
		for i := first; i < first+group; i++ {
			posted = append(posted, fmt.Sprintf(`{"event_name":"Lead","event_id":"e-%d","user_data":{"email":"jane-%d@example.com",`+
				`"phone":"+1555%07d","external_id":"s-%d"},"custom_data":{"value":100,"currency":"USD"}}`, i, i, i, i))
		}
		events, _, problems := event.DecodeEvents([]byte("["+strings.Join(posted, ",")+"]"), time.Now(), func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
		require.Empty(p.t, problems)
		_, err := p.db.Accept(p.t.Context(), p.bot, events)
		require.NoError(p.t, err)
	}
}

func (p *product) claim(n int) ([]store.Claim, int64) {
	claimed, err := p.db.Claim(p.t.Context(), store.FirstWebhook(p.bot), n, time.Minute)
	require.NoError(p.t, err)
	require.Len(p.t, claimed.Claims, n)
	return claimed.Claims, claimed.Webhook.Version
}

// settle notes answers that took shorter and longer, many at once.
func (p *product) settle(claims []store.Claim, version int64) {
	const sides = 8
	errs := make(chan error)
	for some := range slices.Chunk(claims, len(claims)/sides) {
		go func() {
			var err error
			for i, c := range some {
				_, failed := p.db.Settle(context.Background(), store.Settlement{Token: c.Token, Status: store.Delivered, Attempt: store.Attempt{
					BotID: c.BotID, DeliveryID: c.ID, StartedAt: time.Now(), WebhookVersion: version, RemoteAddr: "192.0.2.1:443", Protocol: "HTTP/2.0",
					StatusCode: 200, Duration: time.Duration(i) * time.Millisecond,
					Response: store.Response{Headers: []store.Header{{Name: "Content-Type", Value: "text/plain"}}, Body: bytes.Repeat([]byte("."), i%3)},
				}})
				err = errors.Join(err, failed)
			}
			errs <- err
		}()
	}
	for range sides {
		require.NoError(p.t, <-errs)
	}
}

// newLoop is the floor with an empty database.
func (p *product) newLoop() (l *loop, source string) {
	database, source := p.house.floor(p.t)
	l, err := newLoop(p.t.Context(), database, p.migrations)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { require.NoError(p.t, l.close()) })
	return l, source
}

// floor writes again what the product has written, and returns the tables that it has made.
func (p *product) floor(work string, groups int) map[string][]string {
	rows, err := readRows(p.t.Context(), p.source)
	require.NoError(p.t, err)
	l, source := p.newLoop()
	n, err := l.prepare(rows, work, groups)
	require.NoError(p.t, err)
	require.Len(p.t, rows.inserts.args, n)
	require.NoError(p.t, l.write(rows, work, groups))
	return tables(p.t, source)
}

// tables are the rows of the tables that the floor knows.
func tables(t *testing.T, source string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for name, order := range written {
		columns := "*"
		if name == "people_journal" {
			columns = "entries" // how its rows are numbered is nobody's business
		}
		all[name] = rowsOf(t, source, "SELECT "+columns+" FROM "+name+" ORDER BY "+order)
	}
	return all
}

// otherTables are all that the floor leaves alone.
func (p *product) otherTables() map[string][]string {
	all := map[string][]string{}
	names := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if isPostgres(p.source) {
		names = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	for _, name := range rowsOf(p.t, p.source, names) {
		if written[name] == "" {
			all[name] = rowsOf(p.t, p.source, "SELECT * FROM "+name)
		}
	}
	require.Contains(p.t, all, "webhooks")
	return all
}

func rowsOf(t *testing.T, source, query string) []string {
	t.Helper()
	db, err := openToRead(source)
	require.NoError(t, err)
	defer db.Close()
	found, err := read(t.Context(), db, query)
	require.NoError(t, err)
	said := make([]string, len(found.values))
	for i, row := range found.values {
		said[i] = fmt.Sprintf("%x", row)
		if name, ok := row[0].(string); ok && len(row) == 1 {
			said[i] = name
		}
	}
	return said
}
