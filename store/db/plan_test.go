package db

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db/statement"
	"iozen/store/upkeep"
)

// plan is how SQLite runs a query: a line for each table it reads and each sort it makes.
func plan(t *testing.T, db *DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.reader.RowsOnce(t.Context(), `EXPLAIN QUERY PLAN `+query, args...)
	require.NoError(t, err, query)
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	require.NoError(t, rows.Err())
	return steps
}

func TestEveryListIsReadAlongAnIndex(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	bot, yes, no := uuid.UUID{1}, true, false
	of := func(s ...store.Status) []store.Status { return s }
	for name, c := range map[string]struct {
		filter store.DeliveryFilter
		index  string
	}{
		"a bot's":                  {store.DeliveryFilter{BotID: bot}, "deliveries_bot (bot=?)"},
		"a bot's, of a time":       {store.DeliveryFilter{BotID: bot, From: time.Unix(1, 0), To: time.Unix(2, 0)}, "deliveries_bot (bot=? AND rowid>? AND rowid<?)"},
		"a status":                 {store.DeliveryFilter{BotID: bot, Status: of(store.Failed)}, "deliveries_status (bot=? AND status=?)"},
		"a status, an event name":  {store.DeliveryFilter{BotID: bot, Status: of(store.Failed), EventName: "Lead"}, "deliveries_status (bot=? AND status=?)"},
		"an event name, delivered": {store.DeliveryFilter{BotID: bot, Status: of(store.Delivered), EventName: "Lead"}, "deliveries_name (bot=? AND event_name=?)"},
		"an event name":            {store.DeliveryFilter{BotID: bot, EventName: "Lead"}, "deliveries_name (bot=? AND event_name=?)"},
		"tests":                    {store.DeliveryFilter{BotID: bot, Test: &yes}, "deliveries_test (bot=?)"},
		"no tests":                 {store.DeliveryFilter{BotID: bot, Test: &no}, "deliveries_bot (bot=?)"},
		"one webhook's":            {store.DeliveryFilter{BotID: bot, Webhook: 2}, "deliveries_bot (bot=?)"},
		"one webhook's failed":     {store.DeliveryFilter{BotID: bot, Webhook: 2, Status: of(store.Failed)}, "deliveries_status (bot=? AND status=?)"},
		"a code":                   {store.DeliveryFilter{BotID: bot, Code: "404"}, "deliveries_code (bot=? AND last_code=?)"},
		"delivered codes":          {store.DeliveryFilter{BotID: bot, Code: "2xx"}, "deliveries_bot (bot=?)"},
		"all bots'":                {store.DeliveryFilter{}, ""},
		"all bots', delivered":     {store.DeliveryFilter{Status: of(store.Delivered)}, ""},
		"all bots', of a time":     {store.DeliveryFilter{From: time.Unix(1, 0)}, "INTEGER PRIMARY KEY (rowid>?)"},
		"all bots', a status":      {store.DeliveryFilter{Status: of(store.Failed)}, "deliveries_trouble (status=?)"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, at := range []store.Cursor{{}, {ID: uuid.UUID{1}}, {ID: uuid.UUID{1}, Newer: true}} {
				w := &walk{db: db, f: c.filter, route: routeOf(c.filter, search{}, codesIn(c.filter)), at: at, begun: at.ID != uuid.Nil}
				query, args := w.query(10)
				steps := slices.DeleteFunc(plan(t, db, query, args...), func(step string) bool {
					return strings.HasPrefix(step, "SCALAR SUBQUERY") || strings.HasPrefix(step, "SEARCH bots ") // the number of the bot
				})
				require.Len(t, steps, 1, "one index, and nothing is sorted: %q", steps)
				index, columns, _ := strings.Cut(c.index, " (")
				require.Contains(t, steps[0], index)
				require.Contains(t, steps[0], strings.TrimSuffix(columns, ")"))
			}
		})
	}
}

// codesIn is what codesOf finds where deliveries with the one code are.
func codesIn(f store.DeliveryFilter) []int {
	if from, to := codeRange(f); f.Code != "" && from == to {
		return []int{from}
	}
	return nil
}

func TestSeveralStatusesAreMergedInOrder(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	f := store.DeliveryFilter{BotID: uuid.UUID{1}, Status: []store.Status{store.Failed, store.Retrying, store.Held}}
	w := &walk{db: db, f: f, route: routeOf(f, search{}, nil)}
	query, args := w.query(10)
	steps := strings.Join(plan(t, db, query, args...), "\n")
	require.Equal(t, 3, strings.Count(steps, "deliveries_status (bot=? AND status=?)"), steps)
	require.Contains(t, steps, "MERGE (UNION ALL)")
	require.NotContains(t, steps, "TEMP B-TREE")
}

func TestASearchReadsIndexesOnly(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	for _, bot := range []uuid.UUID{uuid.Nil, {1}} {
		w, err := db.walk(t.Context(), store.DeliveryFilter{BotID: bot, Query: "jane@example.com"}, store.Cursor{}, false)
		require.NoError(t, err)
		query, args := w.query(10)
		steps := strings.Join(plan(t, db, query, args...), "\n")
		require.Contains(t, steps, "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)")
		require.Contains(t, steps, "SEARCH f USING PRIMARY KEY (bot=? AND event_id=?)")
		require.Contains(t, steps, "SEARCH f USING PRIMARY KEY (run=? AND hash=?)")
		require.NotRegexp(t, growing, steps)
	}
}

// growing is a step that reads all of a table whose rows grow with the events; along an index it may, if a LIMIT ends it.
var (
	growing        = regexp.MustCompile(`(?m)^SCAN (deliveries|d|e|f|o|j|event_ids|attempts|a|people|p|counters|c|days|audit)$`)
	growingByIndex = regexp.MustCompile(`(?m)^SCAN (deliveries|d|e|f|o|j|event_ids|attempts|a|people|p|counters|c|days|audit) USING`)
)

// TestNoStatementReadsAGrowingTable: whatever the store runs again and again finds its rows by an index. Every prepared
// statement is looked at, after a day in the life of a server.
func TestNoStatementReadsAGrowingTable(t *testing.T) {
	db := openTest(t, migratedConfig(t))
	live(t, db)
	for _, prepared := range []*statement.Statements{db.reader.Statements, db.writer.q} {
		for _, query := range prepared.Texts() {
			if !regexp.MustCompile(`^\s*(WITH|SELECT|UPDATE|DELETE|INSERT)`).MatchString(query) {
				continue // BEGIN, COMMIT
			}
			steps := strings.Join(plan(t, db, query, make([]any, strings.Count(query, "?"))...), "\n")
			if query != newestEventNames { // the newest rows of all, which a LIMIT ends
				require.NotRegexp(t, growing, steps, query)
			}
			if !strings.Contains(query, "LIMIT") {
				require.NotRegexp(t, growingByIndex, steps, query)
			}
		}
	}
}

// live does what pages, API, engine and maintenance do.
func live(t *testing.T, db *DB) {
	t.Helper()
	ctx := t.Context()
	bot, err := newSendingBot(ctx, db)
	require.NoError(t, err)
	second, err := db.AddWebhookWith(ctx, bot, store.WebhookChange{Name: new("Slack"), Enabled: new(true), URL: new("https://slack.example/")})
	require.NoError(t, err)
	events := testEvents(20)
	events[0].Email = "jane@example.com"
	_, err = db.Accept(ctx, bot, events)
	require.NoError(t, err)
	c, err := db.Claim(ctx, store.FirstWebhook(bot), 10, time.Minute)
	require.NoError(t, err)
	for i, claim := range c.Claims[1:] {
		a := store.Attempt{BotID: bot, DeliveryID: claim.ID, StartedAt: time.Now(), WebhookVersion: 2, StatusCode: 200 + 100*(i%4)}
		s := store.Settlement{Token: claim.Token, Attempt: a, Status: store.Failed}
		if a.Delivered() {
			s.Status = store.Delivered
		}
		_, err := db.Settle(ctx, s)
		require.NoError(t, err)
	}
	id := c.Claims[1].ID
	for _, act := range []func() error{
		func() error { return db.Unclaim(ctx, c.Claims[:1]) },
		func() error { _, err := db.Resend(ctx, bot, id, store.Actor{}); return err },
		func() error { return db.TakeBack(ctx, id, store.Actor{}) },
		func() error { _, err := db.TakenBack(ctx, id); return err },
		func() error { _, err := db.ResendSelected(ctx, []uuid.UUID{id}, store.Actor{}); return err },
		func() error {
			_, err := db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{Enabled: new(false)})
			return err
		},
		func() error { _, err := db.HoldWaiting(ctx, store.FirstWebhook(bot), 5); return err },
		func() error {
			_, err := db.SaveWebhook(ctx, store.FirstWebhook(bot), store.WebhookChange{Enabled: new(true)})
			return err
		},
		func() error {
			j, err := db.StartRelease(ctx, store.FirstWebhook(bot), store.Actor{})
			endJob(t, db, j, err)
			return nil
		},
		func() error { _, err := db.HeldCount(ctx, store.FirstWebhook(bot)); return err },
		func() error { return db.LeaveHeld(ctx, store.FirstWebhook(bot), store.Actor{}) },
		func() error { return db.recover(ctx) },
		func() error { _, err := db.Lanes(ctx, store.WebhookID{}, 10); return err },
		func() error { _, err := db.Bots(ctx, store.BotFilter{}); return err },
		func() error { _, err := db.BotNames(ctx, store.BotFilter{}); return err },
		func() error { _, err := db.Delivery(ctx, id); return err },
		func() error { _, err := db.Attempts(ctx, bot, id); return err },
		func() error { _, err := db.SuccessBefore(ctx, store.FirstWebhook(bot), id); return err },
		func() error { _, err := db.EventNames(ctx, bot); return err },
		func() error { _, err := db.EventNames(ctx, uuid.Nil); return err },
		func() error { _, err := db.DeliveryCount(ctx, bot, 10); return err },
		func() error { _, err := db.DueCount(ctx, store.FirstWebhook(bot), 10); return err },
		func() error { _, err := db.Deliveries(ctx, store.DeliveryFilter{BotID: bot, Code: "4xx"}); return err },
		func() error { _, err := db.HourCounts(ctx, bot, time.Unix(0, 0), time.Now()); return err },
		func() error {
			_, err := db.WebhookHours(ctx, store.FirstWebhook(bot), time.Unix(0, 0), time.Now())
			return err
		},
		func() error { _, err := db.WebhookNames(ctx, bot); return err },
		func() error { _, err := db.HourCounts(ctx, uuid.Nil, time.Unix(0, 0), time.Now()); return err },
		func() error { _, err := db.LastEventAt(ctx, bot); return err },
		func() error { _, err := db.Audit(ctx, store.AuditFilter{BotID: bot, Limit: 10}); return err },
		func() error { _, err := db.Audit(ctx, store.AuditFilter{BotID: uuid.Nil, Limit: 10}); return err },
		func() error { _, err := db.BotsNeedingAttention(ctx, 10); return err },
		func() error { _, _, err := db.HomeBots(ctx, "", 0); return err },
		func() error { _, err := db.HomeSums(ctx); return err },
		func() error {
			erase(t, db, store.Person{Kind: store.PersonEmail, Value: "jane@example.com"})
			return nil
		},
		func() error { return db.DeleteWebhook(ctx, second.WebhookID, store.Actor{}) },
		func() error {
			return (&upkeep.Maintenance{DB: db, Retention: store.Retention{Usual: 24 * time.Hour}, Log: slog.New(slog.DiscardHandler)}).Round(context.Background())
		},
		func() error { return db.DeleteBot(ctx, bot, store.Actor{}) },
		func() error {
			return (&upkeep.Maintenance{DB: db, Retention: store.Retention{Usual: time.Hour}, Log: slog.New(slog.DiscardHandler)}).Round(context.Background())
		},
	} {
		require.NoError(t, act())
	}
}
