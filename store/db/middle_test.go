package db

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/sqlite"
	"iozen/store/db/statement"
)

// middle is a database in the middle of things, and what acts on it are about.
type middle struct {
	*DB
	bot       uuid.UUID
	gone      uuid.UUID // deleted by a person a moment ago
	off, back uuid.UUID // one bot was switched off while events waited, the other on while events were held
	released  uuid.UUID // the job that has queued what was held of a third one
	delivered uuid.UUID
	other     store.WebhookID // another webhook of the bot
	claim     store.Claim
	version   int64
	told      int

	onlooker *sql.Conn // a connection of SQLite that only looks
	seen     int64     // what it was told of commits when it looked last
	looked   string    // and what it saw
}

func newMiddle(t *testing.T) *middle {
	t.Helper()
	return newMiddleOf(t, migratedConfig(t))
}

func newMiddleOf(t *testing.T, config Config) *middle {
	t.Helper()
	db := openTest(t, config)
	bot, err := newSendingBot(t.Context(), db)
	require.NoError(t, err)
	m := &middle{DB: db, bot: bot}
	if path, found := strings.CutPrefix(config.URL, "sqlite:"); found {
		m.onlooker = lookInto(t, path)
	}
	ctx := t.Context()
	_, err = db.UseWebhook(ctx, store.FirstWebhook(bot))
	require.NoError(t, err)
	w, err := db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{URL: new("https://second.example/"), Edit: &store.Edit{Tab: "page", Seq: 1, Run: 1}})
	require.NoError(t, err)
	m.version = w.Version - 1
	_, err = db.RotateSecret(ctx, store.FirstWebhook(bot), store.Actor{})
	require.NoError(t, err)
	_, err = db.Accept(ctx, bot, testEvents(4))
	require.NoError(t, err)
	c, err := db.Claim(ctx, store.FirstWebhook(bot), 2, time.Minute)
	require.NoError(t, err)
	other, err := db.AddWebhook(ctx, bot, "Other", store.Actor{})
	require.NoError(t, err)
	m.other = other.WebhookID
	m.delivered, m.claim = c.Claims[0].ID, c.Claims[1]
	_, err = db.Settle(ctx, store.Settlement{Token: c.Claims[0].Token, Status: store.Delivered, Attempt: store.Attempt{BotID: bot, DeliveryID: m.delivered, StatusCode: 200}})
	require.NoError(t, err)
	require.NoError(t, db.BeginWith(ctx, store.FirstWebhook(bot), store.Actor{}))
	m.off = m.switched(t, true, false)
	m.back = m.switched(t, false, true)
	m.released = m.release(t, m.switched(t, false, true))
	deleted, err := db.CreateBot(ctx, "Gone", store.Actor{})
	require.NoError(t, err)
	m.gone = deleted.ID
	require.NoError(t, db.DeleteBotCalled(ctx, m.gone, "Gone", store.Actor{}))
	t.Cleanup(db.Subscribe(func([]store.Notice) { m.told++ }))
	return m
}

// lookInto opens a connection that only looks.
func lookInto(t *testing.T, path string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", sqlite.DSN(path, "ro"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	return conn
}

// switched makes a bot whose webhook takes events while it is on, or off, and then is switched.
func (m *middle) switched(t *testing.T, on, then bool) uuid.UUID {
	t.Helper()
	bot, err := newSendingBot(t.Context(), m.DB)
	require.NoError(t, err)
	for _, enabled := range []bool{on, then} {
		_, err = m.SaveWebhook(t.Context(), store.FirstWebhook(bot), store.WebhookChange{Enabled: &enabled})
		require.NoError(t, err)
		if enabled == on {
			_, err = m.Accept(t.Context(), bot, testEvents(2))
			require.NoError(t, err)
		}
	}
	return bot
}

// release queues what is held of a bot, and claims one of it.
func (m *middle) release(t *testing.T, bot uuid.UUID) uuid.UUID {
	t.Helper()
	j, err := m.StartRelease(t.Context(), store.FirstWebhook(bot), store.Actor{})
	require.NoError(t, err)
	_, err = m.StepJob(t.Context(), j, 10, nil)
	require.NoError(t, err)
	_, err = m.Claim(t.Context(), store.FirstWebhook(bot), 1, time.Minute)
	require.NoError(t, err)
	return j.ID
}

// state is the whole database, and all that the store keeps in memory of it.
func (m *middle) state(t *testing.T) string {
	t.Helper()
	hash := sha256.New()
	fmt.Fprintln(hash, m.content(t))
	for _, id := range slices.SortedFunc(maps.Keys(m.claims), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }) {
		fmt.Fprintln(hash, "handed", id, m.claims[id])
	}
	for _, id := range sortedWebhooks(m.opened) {
		fmt.Fprintln(hash, "opened", id, m.opened[id].row)
	}
	journal := m.journal.Load()
	fmt.Fprintln(hash, "waiting", m.Waiting(), "journal", journal.waiting, journal.merge.entries, "full", &m.full, "news", m.News(), "told", m.told)
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// content is the whole database. SQLite says whether anything was committed since a connection looked last: if not, it is the same.
func (m *middle) content(t *testing.T) string {
	t.Helper()
	if m.onlooker == nil {
		return m.allRows(t, `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`)
	}
	var commits int64
	require.NoError(t, m.onlooker.QueryRowContext(t.Context(), `PRAGMA data_version`).Scan(&commits))
	if commits != m.seen {
		m.looked, m.seen = m.allRows(t, `SELECT name FROM sqlite_master WHERE type = 'table'`), commits
	}
	return m.looked
}

// allRows are those of all tables, each table's in an order of their own.
func (m *middle) allRows(t *testing.T, tables string) string {
	t.Helper()
	names, err := m.reader.Rows(t.Context(), tables)
	require.NoError(t, err)
	all, err := statement.Column[string](names)
	require.NoError(t, err)
	slices.Sort(all)
	hash := sha256.New()
	for _, table := range all {
		fmt.Fprintln(hash, table)
		for _, row := range m.rows(t, table) {
			fmt.Fprintln(hash, row)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// rows are those of a table, each as its values with their lengths.
func (m *middle) rows(t *testing.T, table string) (all []string) {
	t.Helper()
	rows, err := m.reader.Rows(t.Context(), `SELECT * FROM "`+table+`"`)
	require.NoError(t, err)
	columns, err := rows.Columns()
	require.NoError(t, err)
	row, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	var text []byte
	for rows.Next() {
		require.NoError(t, rows.Scan(into...))
		text = text[:0]
		for _, value := range row {
			if value == nil {
				text = append(text, "NULL "...)
				continue
			}
			text = append(strconv.AppendInt(text, int64(len(value)), 10), ' ')
			text = append(text, value...)
		}
		all = append(all, string(text))
	}
	require.NoError(t, errors.Join(rows.Err(), rows.Close()))
	slices.Sort(all)
	return all
}
