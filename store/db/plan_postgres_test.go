package db

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/dialect"
	"iozen/store/db/postgres/pgtest"
	"iozen/store/db/statement"
	"iozen/store/secret"
)

// planNode is a step of a plan of PostgreSQL.
type planNode struct {
	Type  string `json:"Node Type"`
	Table string `json:"Relation Name"`
	Index string `json:"Index Name"`
	Cond  string `json:"Index Cond"`
	TID   string `json:"TID Cond"`
	Plans []planNode
	limit bool // something above ends it early
}

// all are a step and those below it.
func (n planNode) all() []planNode {
	nodes := []planNode{n}
	for _, p := range n.Plans {
		p.limit = n.limit || n.Type == "Limit"
		nodes = append(nodes, p.all()...)
	}
	return nodes
}

// planner explains statements as the writer's connection plans them once and for all: whatever the arguments, and not by
// reading a whole table because it is small today.
type planner struct {
	t    *testing.T
	conn *sql.Conn
}

func newPlanner(t *testing.T, url string) planner {
	t.Helper()
	pool, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	conn, err := pool.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	for _, setting := range []string{"plan_cache_mode = force_generic_plan", "enable_seqscan = off", "enable_bitmapscan = off"} {
		_, err := conn.ExecContext(t.Context(), `SET `+setting)
		require.NoError(t, err)
	}
	return planner{t, conn}
}

func (p planner) plan(query string) []planNode {
	p.t.Helper()
	text := dialect.Postgres(query)
	_, err := p.conn.ExecContext(p.t.Context(), `PREPARE planned AS `+text)
	require.NoError(p.t, err, text)
	arguments := ""
	if n := len(slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`\$\d+`).FindAllString(text, -1))))); n > 0 {
		arguments = `(NULL` + strings.Repeat(", NULL", n-1) + `)`
	}
	var found string
	require.NoError(p.t, p.conn.QueryRowContext(p.t.Context(), `EXPLAIN (FORMAT JSON) EXECUTE planned`+arguments).Scan(&found), text)
	_, err = p.conn.ExecContext(p.t.Context(), `DEALLOCATE planned`)
	require.NoError(p.t, err)
	var plans []struct{ Plan planNode }
	require.NoError(p.t, json.Unmarshal([]byte(found), &plans))
	return plans[0].Plan.all()
}

// growingTables grow with the events; each is found by its bot, or by the number of a delivery, whose row has one.
var growingTables = map[string]*regexp.Regexp{
	"deliveries": regexp.MustCompile(`\((d\.|e\.|o\.|j\.)?(bot|number|status)\b`),
	"event_ids":  regexp.MustCompile(`\(bot\b`),
	"attempts":   regexp.MustCompile(`\(delivery\b`),
	"people":     regexp.MustCompile(`\((ROW\()?run\b`),
	"counters":   regexp.MustCompile(`\(bot\b`),
	"days":       regexp.MustCompile(`\(bot\b`),
	"audit":      regexp.MustCompile(`\((id|bot_id|by_name|action|target)\b`),
}

// requireIndexed fails if a statement reads more of a growing table than it needs, unless a LIMIT ends it.
func (p planner) requireIndexed(query string) {
	p.t.Helper()
	for _, n := range p.plan(query) {
		begins := growingTables[n.Table]
		if begins == nil || !strings.HasSuffix(n.Type, "Scan") || n.TID != "" {
			continue
		}
		if n.Cond == "" {
			require.True(p.t, n.limit && n.Index != "", "%s reads all of %s: %s", n.Type, n.Table, query)
			continue
		}
		require.Regexp(p.t, begins, "("+strings.TrimLeft(n.Cond, "("), "%s of %s: %s", n.Index, n.Table, query)
	}
}

// TestPostgresReadsNoGrowingTable is TestNoStatementReadsAGrowingTable for PostgreSQL.
func TestPostgresReadsNoGrowingTable(t *testing.T) {
	url := pgtest.URL(t)
	db := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1})})
	live(t, db)
	p, planned := newPlanner(t, url), 0
	for _, prepared := range []*statement.Statements{db.reader.Statements, db.writer.q} {
		for _, query := range prepared.Texts() {
			planned++
			if query == hourCountsOfAll { // of all bots: what is known of the table decides whether one by one
				continue
			}
			p.requireIndexed(query)
		}
	}
	require.Greater(t, planned, 100)
}

func TestEveryListOfPostgresIsReadAlongAnIndex(t *testing.T) {
	url := pgtest.URL(t)
	db := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1})})
	p := newPlanner(t, url)
	for _, statement := range []string{ // a log in which no bot and no status is all of it
		`INSERT INTO deliveries (number, bot, n, id, event_id, event_name, event_time, test, status, attempts, last_code, created_at, updated_at)
			SELECT i, i % 50, 1, '', i::text, 'Lead' || i % 7, 0, i % 100 = 0, (ARRAY['delivered', 'failed', 'retrying', 'held'])[1 + i % 4], 1, 200 + i % 300, 0, 0
			FROM generate_series(1, 20000) i`,
		`ANALYZE deliveries`, `SET enable_sort = off`,
	} {
		_, err := p.conn.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	bot, yes := uuid.UUID{1}, true
	for name, f := range map[string]store.DeliveryFilter{
		"a bot's":              {BotID: bot},
		"a bot's, of a time":   {BotID: bot, From: time.Unix(1, 0), To: time.Unix(2, 0)},
		"a status":             {BotID: bot, Status: []store.Status{store.Failed}},
		"several statuses":     {BotID: bot, Status: []store.Status{store.Failed, store.Retrying, store.Held}},
		"an event name":        {BotID: bot, EventName: "Lead"},
		"tests":                {BotID: bot, Test: &yes},
		"one webhook's":        {BotID: bot, Webhook: 2},
		"a code":               {BotID: bot, Code: "404"},
		"all bots'":            {},
		"all bots', of a time": {From: time.Unix(1, 0)},
		"all bots', a status":  {Status: []store.Status{store.Failed}},
	} {
		for _, at := range []store.Cursor{{}, {ID: uuid.UUID{1}}, {ID: uuid.UUID{1}, Newer: true}} {
			w := &walk{db: db, f: f, route: routeOf(f, search{}, codesIn(f)), at: at, begun: at.ID != uuid.Nil}
			query, _ := w.query(10)
			scans := 0
			for _, n := range p.plan(query) {
				require.NotContains(t, n.Type, "Sort", "%s: %s", name, query)
				if n.Table != "deliveries" {
					continue
				}
				scans++
				require.Contains(t, n.Type, "Index", "%s: %s", name, query)
				if f.BotID != uuid.Nil {
					require.Regexp(t, `\(bot = `, n.Cond, "%s: %s", name, fmt.Sprint(n.Index, query))
				}
			}
			require.Equal(t, max(1, len(f.Status)), scans, name)
		}
	}
}

func TestASearchOfPostgresReadsIndexesOnly(t *testing.T) {
	url := pgtest.URL(t)
	db := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1})})
	p := newPlanner(t, url)
	for _, bot := range []uuid.UUID{uuid.Nil, {1}} {
		for _, term := range []string{"jane@example.com", "submission-1", uuid.NewString()} {
			w, err := db.walk(t.Context(), store.DeliveryFilter{BotID: bot, Query: term}, store.Cursor{}, false)
			require.NoError(t, err)
			query, _ := w.query(10)
			p.requireIndexed(query)
		}
	}
}

// What is known of a table may be old: it was looked at when it had ten rows of one bot, and has grown to a million since. Rows
// that a statement names by their numbers are found by them all the same, and not among all of their bot.
func TestPostgresFindsNamedRowsByTheirNumbersWhateverItKnowsOfTheTable(t *testing.T) {
	url := pgtest.URL(t)
	db := openTest(t, Config{URL: url, Keys: secret.NewKeyring([32]byte{1})})
	live(t, db)
	p, named := newPlanner(t, url), 0
	for _, statement := range []string{
		`ALTER TABLE deliveries ALTER bot SET (n_distinct = -0.1)`, // a tenth of the rows: what ten rows of one bot look like
		`INSERT INTO deliveries (number, bot, n, id, event_id, event_name, event_time, test, status, attempts, created_at, updated_at)
			SELECT i, 1, 1, '', i::text, 'Lead', 0, false, 'delivered', 1, 0, 0 FROM generate_series(1, 20000) i`,
		`ANALYZE deliveries`,
	} {
		_, err := p.conn.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	for _, query := range db.writer.q.Texts() {
		if !strings.Contains(query, `deliveries`) || !regexp.MustCompile(`bot = \S+ AND (d\.)?number( IN \(SELECT value| = )`).MatchString(query) {
			continue
		}
		named++
		for _, n := range p.plan(query) {
			if n.Table == "deliveries" && strings.HasSuffix(n.Type, "Scan") && n.TID == "" {
				require.Contains(t, n.Cond, "number", "%s: %s", n.Index, query)
			}
		}
	}
	require.Greater(t, named, 5)
}
