package db

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/upkeep"
)

const testYear = 8760 * time.Hour

// keptDatabase is a database under a clock that tests set, with a maintenance whose rounds they make.
type keptDatabase struct {
	*DB
	t           *testing.T
	now         time.Time
	elapsed     time.Duration
	maintenance *upkeep.Maintenance
	said        bytes.Buffer
	config      Config
	bot         uuid.UUID
}

func newKeptHouse(t *testing.T) *keptDatabase {
	h := &keptDatabase{t: t, now: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC), config: migratedConfig(t)}
	h.config.Now = func() time.Time { return h.now }
	h.DB = openTest(t, h.config)
	h.newKeeper()
	var err error
	h.bot, err = newSendingBot(t.Context(), h.DB)
	require.NoError(t, err)
	return h
}

// newKeeper is what a start makes: it knows nothing of the one before.
func (h *keptDatabase) newKeeper() {
	h.maintenance = &upkeep.Maintenance{
		DB: h.DB, Retention: store.Retention{Usual: 30 * 24 * time.Hour}, Log: slog.New(slog.NewTextHandler(&h.said, nil)),
		Elapsed: func() time.Duration { return h.elapsed },
	}
}

// fill adds an event that is held, one that was delivered, a session and an invitation.
func (h *keptDatabase) fill() {
	h.t.Helper()
	ctx := h.t.Context()
	event := func() store.NewDelivery {
		e := testEvents(1)[0]
		id, err := h.newID(h.now)
		require.NoError(h.t, err)
		e.ID, e.EventID = id, id.String()
		return e
	}
	_, err := h.Accept(ctx, h.bot, []store.NewDelivery{event()})
	require.NoError(h.t, err)
	claimed, err := h.Claim(ctx, store.FirstWebhook(h.bot), 1, time.Minute)
	require.NoError(h.t, err)
	c := claimed.Claims[0]
	_, err = h.Settle(ctx, store.Settlement{Token: c.Token, Status: store.Delivered, Attempt: store.Attempt{
		BotID: h.bot, DeliveryID: c.ID, StartedAt: h.now, StatusCode: 200, WebhookVersion: claimed.Webhook.Version,
	}})
	require.NoError(h.t, err)
	_, err = h.SaveWebhook(ctx, store.FirstWebhook(h.bot), store.WebhookChange{Enabled: new(false)})
	require.NoError(h.t, err)
	_, err = h.Accept(ctx, h.bot, []store.NewDelivery{event()})
	require.NoError(h.t, err)
	_, err = h.SaveWebhook(ctx, store.FirstWebhook(h.bot), store.WebhookChange{Enabled: new(true)})
	require.NoError(h.t, err)
	require.NoError(h.t, h.CommitSession(ctx, uuid.NewString(), []byte("x"), h.now.Add(30*24*time.Hour), store.Session{ID: uuid.New()}))
	_, err = h.CreateInvitation(ctx, store.Invitation{
		Email: uuid.NewString() + "@example.com", Role: store.RoleViewer, ExpiresAt: h.now.Add(7 * 24 * time.Hour), TokenHash: testEvents(1)[0].Fingerprint,
	})
	require.NoError(h.t, err)
}

// rounds makes a round in each minute of a time.
func (h *keptDatabase) rounds(d time.Duration) {
	h.t.Helper()
	h.roundsEvery(time.Minute, d)
}

func (h *keptDatabase) roundsEvery(step, d time.Duration) {
	h.t.Helper()
	for end := h.elapsed + d; h.elapsed < end; {
		h.elapsed, h.now = h.elapsed+step, h.now.Add(step)
		require.NoError(h.t, h.maintenance.Round(h.t.Context()))
	}
}

// kept counts what fill made.
func (h *keptDatabase) kept() (n struct{ Held, Ended, Skipped, Sessions, Invitations int }) {
	h.t.Helper()
	for query, into := range map[string]*int{
		`SELECT COUNT(*) FROM deliveries WHERE status = 'held'`:      &n.Held,
		`SELECT COUNT(*) FROM deliveries WHERE status = 'delivered'`: &n.Ended,
		`SELECT COUNT(*) FROM deliveries WHERE status = 'skipped'`:   &n.Skipped,
		`SELECT COUNT(*) FROM sessions`:                              &n.Sessions,
		`SELECT COUNT(*) FROM invitations`:                           &n.Invitations,
	} {
		require.NoError(h.t, h.reader.Row(h.t.Context(), query).Scan(into))
	}
	return n
}

func TestAClockThatLeapsDeletesNothing(t *testing.T) {
	for name, leap := range map[string]time.Duration{
		"a day and two hours": 26 * time.Hour, "past the time of held events": 8 * 24 * time.Hour, "past retention": 31 * 24 * time.Hour,
		"a year": testYear, "ten years": 10 * testYear, "a hundred years": 100 * testYear, "back a year": -testYear, "to before 1970": -100 * testYear,
	} {
		for which, restarted := range map[string]bool{"": false, ", at a restart": true} {
			t.Run(name+which, func(t *testing.T) {
				h := newKeptHouse(t)
				h.fill()
				h.rounds(3 * time.Minute)
				before := h.kept()
				h.now = h.now.Add(leap)
				if restarted { // the process does not see the leap itself
					h.newKeeper()
				}
				h.rounds(3 * time.Minute)
				h.roundsEvery(10*time.Minute, 2*time.Hour)
				require.Equal(t, before, h.kept())
				if leap > 0 {
					require.Contains(t, h.said.String(), "the clock jumped ahead")
				}
				h.now = h.now.Add(-leap)
				h.rounds(3 * time.Minute)
				h.roundsEvery(10*time.Minute, time.Hour)
				require.Equal(t, before, h.kept(), "nor when it is right again")
			})
		}
	}
}

func TestTheFirstStartOfThisVersionDeletesNothingUnderAWrongClock(t *testing.T) {
	h := newKeptHouse(t)
	h.fill()
	before := h.kept()
	h.now = h.now.Add(testYear)
	h.rounds(time.Hour)
	require.Equal(t, before, h.kept(), "the newest event says how late it is at least")
}

func TestALeapThatStaysIsBelieved(t *testing.T) {
	h := newKeptHouse(t)
	h.fill()
	h.rounds(time.Minute)
	h.now = h.now.Add(40 * 24 * time.Hour) // the machine was off
	h.newKeeper()
	h.rounds(upkeep.LeapConfirmed)
	require.Equal(t, 1, h.kept().Ended)
	h.rounds(2 * time.Minute)
	n := h.kept()
	require.Zero(t, n.Ended+n.Held+n.Sessions+n.Invitations)
}

// SIGSTOP, or a machine that slept: what passed has really passed.
func TestAProcessThatStoodStillGoesOnAtOnce(t *testing.T) {
	h := newKeptHouse(t)
	h.fill()
	h.rounds(time.Minute)
	h.elapsed, h.now = h.elapsed+8*24*time.Hour, h.now.Add(8*24*time.Hour)
	h.rounds(time.Minute)
	n := h.kept()
	require.Equal(t, 1, n.Skipped, "held for too long")
	require.Equal(t, 1, n.Ended, "within retention")
	require.NotContains(t, h.said.String(), "jumped")
}

// What was stamped under a clock that was ahead goes when its retention is over by the right one.
func TestRowsFromTheFutureDoNotOutliveRetention(t *testing.T) {
	for name, leap := range map[string]time.Duration{"a year": testYear, "ten years": 10 * testYear} {
		t.Run(name, func(t *testing.T) {
			h := newKeptHouse(t)
			h.fill()
			h.rounds(time.Minute)
			h.now = h.now.Add(leap)
			h.fill()
			h.rounds(10 * time.Minute)
			h.now = h.now.Add(-leap)
			h.rounds(time.Minute)
			require.Equal(t, 2, h.kept().Ended)

			pass := func(d time.Duration) { h.elapsed, h.now = h.elapsed+d, h.now.Add(d); h.rounds(time.Minute) }
			pass(29 * 24 * time.Hour)
			require.Equal(t, 2, h.kept().Ended)
			h.newKeeper() // it outlives a restart
			h.rounds(time.Minute)
			pass(25 * time.Hour)
			require.Zero(t, h.kept().Ended)
			h.fill()
			pass(10 * 24 * time.Hour)
			require.Equal(t, 1, h.kept().Ended, "what comes later is kept as long as ever")
		})
	}
}

// A clock that was followed into the future and back leaves nothing waiting for that future.
func TestWhatWaitsComesBackWithTheClock(t *testing.T) {
	h := newKeptHouse(t)
	ctx := t.Context()
	h.rounds(time.Minute)
	h.now = h.now.Add(testYear)
	_, err := h.Accept(ctx, h.bot, testEvents(3))
	require.NoError(t, err)
	claimed, err := h.Claim(ctx, store.FirstWebhook(h.bot), 2, 90*time.Second)
	require.NoError(t, err)
	c := claimed.Claims[0]
	_, err = h.Settle(ctx, store.Settlement{Token: c.Token, Status: store.Retrying, DueAt: h.now.Add(5 * time.Minute), Attempt: store.Attempt{
		BotID: h.bot, DeliveryID: c.ID, StartedAt: h.now, StatusCode: 500, WebhookVersion: claimed.Webhook.Version,
	}})
	require.NoError(t, err)
	h.rounds(time.Minute)
	h.now = h.now.Add(-testYear)
	h.rounds(time.Minute)

	due := map[store.Status]time.Duration{}
	p, err := h.Deliveries(ctx, store.DeliveryFilter{})
	require.NoError(t, err)
	for _, d := range p.Deliveries {
		due[d.Status] = d.DueAt.Sub(h.now)
	}
	require.LessOrEqual(t, due[store.Queued], time.Duration(0))
	require.LessOrEqual(t, due[store.Retrying], 5*time.Minute)
	require.Greater(t, due[store.Retrying], 3*time.Minute)
	require.LessOrEqual(t, due[store.Sending], longestLease, "who has it still settles it")
	second := claimed.Claims[1]
	_, err = h.Settle(ctx, store.Settlement{Token: second.Token, Status: store.Delivered, Attempt: store.Attempt{
		BotID: h.bot, DeliveryID: second.ID, StartedAt: h.now, StatusCode: 200, WebhookVersion: claimed.Webhook.Version,
	}})
	require.NoError(t, err)
}

func TestAStepThatFailsDoesNotStopTheOthers(t *testing.T) {
	h := newKeptHouse(t)
	h.fill()
	h.rounds(time.Minute)
	require.NoError(t, h.write(context.Background(), func(tx *tx) error {
		_, err := tx.exec(`CREATE TRIGGER broken BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'broken'); END`)
		return err
	}))
	h.elapsed, h.now = h.elapsed+31*24*time.Hour, h.now.Add(31*24*time.Hour)
	err := h.maintenance.Round(t.Context())
	require.ErrorContains(t, err, "skipping what was held for too long")
	n := h.kept()
	require.Equal(t, 1, n.Held, "that step failed")
	require.Zero(t, n.Ended+n.Sessions+n.Invitations, "the others did their work")
}

func TestRoundsStopWithTheirContext(t *testing.T) {
	h := newKeptHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.True(t, errors.Is(h.maintenance.Round(ctx), context.Canceled))
}

// an idle server: nothing that waits makes a round tell anybody that something changed (every page would ask again).
func TestARoundWithNothingToDoIsNoNews(t *testing.T) {
	h := newKeptHouse(t)
	h.fill()
	h.rounds(2 * time.Minute)
	before := h.News()
	h.rounds(3 * time.Minute)
	require.Equal(t, before, h.News())
}
