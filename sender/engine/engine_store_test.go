package engine

import (
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/db"
	"iozen/store/db/sqlite/sqlitetest"
	"iozen/store/secret"
)

// days is an engine's rules on the real store, with a clock that a test turns: what takes days is done in a moment. The
// engine is not started; the test takes its steps one by one.
type days struct {
	*Engine
	t    *testing.T
	db   *db.DB
	now  time.Time
	bot  uuid.UUID
	made int
}

func newDays(t *testing.T) *days {
	t.Helper()
	d := &days{t: t, now: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	db, err := db.Open(t.Context(), db.Config{
		URL: "sqlite:" + sqlitetest.Migrated(t), Keys: secret.NewKeyring([32]byte{1}), Now: clock,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	d.db = db
	d.Engine = NewEngine(EngineConfig{
		Queue: db, Client: newMemEndpoint(), Schedule: outcome.DefaultSchedule, Now: clock,
		Jitter: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	})
	d.newBot()
	return d
}

// newBot goes on with another bot.
func (d *days) newBot() {
	d.t.Helper()
	bot, err := d.db.CreateBot(d.t.Context(), "bot", store.Actor{Name: "test"})
	require.NoError(d.t, err)
	d.bot = bot.ID
	d.save(store.WebhookChange{Enabled: new(true), URL: new("https://hook.example/")})
}

func (d *days) save(c store.WebhookChange) {
	d.t.Helper()
	_, err := d.db.SaveWebhook(d.t.Context(), store.FirstWebhook(d.bot), c)
	require.NoError(d.t, err)
}

func (d *days) accept(n int) (ids []uuid.UUID) {
	d.t.Helper()
	var events []store.NewDelivery
	for range n {
		d.made++
		ids = append(ids, uuid.Must(uuid.NewV7()))
		events = append(events, store.NewDelivery{ID: ids[len(ids)-1], EventID: fmt.Sprint("e", d.made), EventName: "Lead", EventTime: d.now, Payload: []byte(`{}`)})
	}
	_, err := d.db.Accept(d.t.Context(), d.bot, events)
	require.NoError(d.t, err)
	return ids
}

// attempt claims what is due and settles it as if the endpoint had answered, and returns how many went out.
func (d *days) attempt(status int, detail map[string]string) int {
	d.t.Helper()
	c, err := d.db.Claim(d.t.Context(), store.FirstWebhook(d.bot), 100, lease)
	require.NoError(d.t, err)
	for _, claim := range d.claims.take(c.Claims) {
		a := store.Attempt{
			BotID: d.bot, DeliveryID: claim.ID, StartedAt: d.now, WebhookVersion: c.Webhook.Version,
			StatusCode: status, Detail: detail,
		}
		if !a.Delivered() {
			a.Outcome = outcome.OutcomeHTTP(status)
		}
		d.settle(claim, a)
	}
	return len(c.Claims)
}

func (d *days) delivery(id uuid.UUID) store.Delivery {
	d.t.Helper()
	got, err := d.db.Delivery(d.t.Context(), id)
	require.NoError(d.t, err)
	return got
}

// holdWhatWaits is what the engine does when its claim finds that the webhook does not send.
func (d *days) holdWhatWaits() {
	d.t.Helper()
	c, err := d.db.Claim(d.t.Context(), store.FirstWebhook(d.bot), 100, lease)
	require.NoError(d.t, err)
	require.True(d.t, c.Hold)
	require.Empty(d.t, c.Claims)
	require.NoError(d.t, d.holdWaiting(store.FirstWebhook(d.bot)))
}

func (d *days) switchedOff() string {
	d.t.Helper()
	w, err := d.db.Webhook(d.t.Context(), store.FirstWebhook(d.bot))
	require.NoError(d.t, err)
	if w.SwitchedOff == nil {
		return ""
	}
	return w.SwitchedOff.Reason
}

func TestRetryClassesThroughTheStore(t *testing.T) {
	attempts := map[int]int{
		301: 1, 302: 1, 303: 1, 307: 1, 308: 1, // it may have run
		400: 3, 405: 3, 406: 3, 411: 3, 413: 3, 415: 3, 422: 3, // this payload is refused
		401: 10, 403: 10, 404: 10, 408: 10, 409: 10, 410: 10, 425: 10, 429: 10, 500: 10, 502: 10, 503: 10, 504: 10, 520: 10, 418: 10, 0: 10,
	}
	d := newDays(t)
	for status, want := range attempts {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			d.newBot()
			id := d.accept(1)[0]
			for range want {
				require.NotEqual(t, store.Failed, d.delivery(id).Status)
				require.Equal(t, 1, d.attempt(status, nil))
				if due := d.delivery(id).DueAt; !due.IsZero() {
					d.now = due
				}
				if d.switchedOff() != "" { // a second 410; a person switches it on again
					d.save(store.WebhookChange{Enabled: new(true)})
				}
			}
			require.Equal(t, store.Failed, d.delivery(id).Status)
			require.Zero(t, d.attempt(status, nil), "it stays in the log and is not sent by itself")
			kept, err := d.db.Attempts(t.Context(), d.bot, id)
			require.NoError(t, err)
			require.Len(t, kept, want)
		})
	}
}

func TestRetryAfterMovesTheNextAttemptLaterNeverEarlier(t *testing.T) {
	d := newDays(t)
	for _, c := range []struct {
		status int
		asked  string
		want   time.Duration
	}{
		{429, "120", 2 * time.Minute},
		{503, "120", 2 * time.Minute},
		{429, "1", 5 * time.Second}, // the schedule's own step
		{429, "999999", 24 * time.Hour},
		{500, "120", 5 * time.Second}, // only 429 and 503 may ask
	} {
		t.Run(fmt.Sprint(c.status, " ", c.asked), func(t *testing.T) {
			d.newBot()
			id := d.accept(1)[0]
			d.attempt(c.status, map[string]string{"retry_after": c.asked})
			require.Equal(t, c.want, d.delivery(id).DueAt.Sub(d.now))
		})
	}
}

func TestGoneTwiceSwitchesOff(t *testing.T) {
	for _, c := range []struct {
		name  string
		apart time.Duration
		first int // answer to the first event
		then  int // answer to the second one
		want  string
	}{
		{"five minutes apart", 5 * time.Minute, 410, 410, outcome.SwitchOffGone},
		{"a moment apart", 4*time.Minute + 59*time.Second, 410, 410, ""},
		{"another failure in between does not count as gone", 10 * time.Minute, 500, 410, ""},
		{"the second answer is another failure", 10 * time.Minute, 410, 404, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDays(t)
			d.accept(1)
			d.attempt(c.first, nil)
			d.now = d.now.Add(c.apart)
			waiting := d.accept(1)[0]
			d.attempt(c.then, nil)
			require.Equal(t, c.want, d.switchedOff())
			if c.want == "" {
				return
			}
			late := d.accept(1)[0]
			require.Equal(t, store.Held, d.delivery(late).Status, "what comes now is held")
			d.holdWhatWaits()
			got := d.delivery(waiting)
			require.Equal(t, store.Held, got.Status, "and so is what waits")
			require.Equal(t, store.ReasonSwitchedOff, got.Reason)
			require.Zero(t, got.DueAt)
		})
	}
}

func TestASuccessBetweenTwoGonesStartsAnew(t *testing.T) {
	d := newDays(t)
	d.accept(1)
	d.attempt(410, nil)
	d.now = d.now.Add(time.Second)
	d.accept(1)
	d.attempt(200, nil)
	d.now = d.now.Add(10 * time.Minute)
	d.attempt(410, nil)
	require.Empty(t, d.switchedOff())
}

func TestFiveDaysWithoutOneSuccessSwitchOff(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name    string
		events  int // one at the start of each day
		lasts   time.Duration
		fixedOn int // day on which the endpoint takes an event; 0: never
		want    string
	}{
		{"three events in five days", 6, 5 * day, 0, outcome.SwitchOffNoSuccess},
		{"less than five days", 5, 5*day - time.Second, 0, ""},
		{"two events only", 2, 9 * day, 0, ""},
		{"one success among them", 6, 5 * day, 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDays(t)
			start := d.now
			for n := 0; n < c.events || d.now.Before(start.Add(c.lasts)); n++ {
				if at := start.Add(time.Duration(n) * day); at.Before(start.Add(c.lasts)) {
					d.now = at
				} else {
					d.now = start.Add(c.lasts)
				}
				if n < c.events {
					d.accept(1)
				}
				status := 500
				if n == c.fixedOn && c.fixedOn > 0 {
					status = 200
				}
				d.attempt(status, nil)
			}
			require.Equal(t, c.want, d.switchedOff())
		})
	}
}

func TestAPersonsChangeStartsTheCountAnew(t *testing.T) {
	for name, change := range map[string]store.WebhookChange{
		"switched on again": {Enabled: new(true)},
		"another URL":       {Enabled: new(true), URL: new("https://other.example/")},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDays(t)
			d.accept(3)
			d.attempt(410, nil)
			d.now = d.now.Add(6 * 24 * time.Hour)
			d.attempt(500, nil)
			require.Equal(t, outcome.SwitchOffNoSuccess, d.switchedOff())
			d.save(change)
			h, err := d.db.Health(t.Context(), store.FirstWebhook(d.bot))
			require.NoError(t, err)
			require.Equal(t, 3, h.FailingEvents, "what failed is still to be sent again")

			d.accept(1)
			d.attempt(410, nil)
			d.accept(3)
			d.attempt(500, nil)
			require.Empty(t, d.switchedOff(), "one failure after a change does not switch it off again")
			d.now = d.now.Add(5 * time.Minute)
			d.accept(1)
			d.attempt(410, nil)
			require.Equal(t, outcome.SwitchOffGone, d.switchedOff())
		})
	}
}

func TestTestsNeverSwitchOff(t *testing.T) {
	d := newDays(t)
	for range 4 {
		w, err := d.db.Webhook(t.Context(), store.FirstWebhook(d.bot))
		require.NoError(t, err)
		test := store.Delivery{BotID: d.bot, Webhook: 1, ID: uuid.Must(uuid.NewV7()), EventID: fmt.Sprint("test_", d.now.Unix()), EventName: "Lead", Test: true, Status: store.Failed, Payload: []byte(`{}`)}
		require.NoError(t, d.db.RecordTest(t.Context(), test, store.Attempt{
			BotID: d.bot, DeliveryID: test.ID, Number: 1, WebhookVersion: w.Version, StartedAt: d.now, StatusCode: 410, Outcome: outcome.OutcomeHTTP(410),
		}))
		d.now = d.now.Add(48 * time.Hour)
	}
	d.accept(1)
	d.attempt(410, nil)
	require.Empty(t, d.switchedOff(), "the first 410 of a real event, whatever tests said before")
	h, err := d.db.Health(t.Context(), store.FirstWebhook(d.bot))
	require.NoError(t, err)
	require.Equal(t, 1, h.FailingEvents)
}

func TestAWarningStandsADayBefore(t *testing.T) {
	d := newDays(t)
	d.accept(3)
	d.attempt(500, nil)
	warned := func() bool {
		h, err := d.db.Health(t.Context(), store.FirstWebhook(d.bot))
		require.NoError(t, err)
		_, warn := outcome.SwitchOffWarning(h, d.now)
		return warn
	}
	d.now = d.now.Add(4*24*time.Hour - time.Second)
	require.False(t, warned())
	d.now = d.now.Add(time.Second)
	require.True(t, warned())
}

// A webhook that is deleted sends nothing more, and what waits for it is skipped; the bot's other webhook goes on.
func TestADeletedWebhookSendsNothingMore(t *testing.T) {
	d := newDays(t)
	other, err := d.db.AddWebhook(t.Context(), d.bot, "Slack", store.Actor{Name: "test"})
	require.NoError(t, err)
	_, err = d.db.SaveWebhook(t.Context(), other.WebhookID, store.WebhookChange{Enabled: new(true), URL: new("https://slack.example/")})
	require.NoError(t, err)
	d.accept(1)
	page, err := d.db.Deliveries(t.Context(), store.DeliveryFilter{BotID: d.bot})
	require.NoError(t, err)
	require.Len(t, page.Deliveries, 2)
	require.NoError(t, d.db.DeleteWebhook(t.Context(), other.WebhookID, store.Actor{Name: "test"}))
	for _, id := range []store.WebhookID{other.WebhookID, store.FirstWebhook(d.bot)} {
		l := d.lane(id)
		d.claim(l, 10, l.generation)
	}
	require.Empty(t, d.lanes[other.WebhookID].claims)
	require.Len(t, d.lanes[store.FirstWebhook(d.bot)].claims, 1)
	for _, at := range page.Deliveries {
		now, err := d.db.Delivery(t.Context(), at.ID)
		require.NoError(t, err)
		if at.Webhook == other.N {
			require.Equal(t, store.ReasonWebhookDeleted, now.Reason)
		} else {
			require.Equal(t, store.Sending, now.Status)
		}
	}
}
