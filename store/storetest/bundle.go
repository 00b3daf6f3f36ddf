package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"iozen/store"
	"iozen/store/db"
)

// maria does everything that a person does in these tests.
var maria = store.Actor{ID: uuid.MustParse("0195e4a0-0000-7000-8000-00000000aaaa"), Name: "maria@acme.example"}

const (
	hook  = "https://crm.example.com/hook"
	lease = 90 * time.Second
)

// clock is a clock that only tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// bundle is what one test works with: a database, its clock, and a bot whose webhook is on.
type bundle struct {
	*db.DB
	t      *testing.T
	clock  *clock
	config db.Config
	bot    uuid.UUID

	mu  sync.Mutex
	ids uint64
}

// began is the first moment of every test; it is the source's own event_time.
var began = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// setup opens a database. When the test ends, its counts must agree with its rows.
func setup(t *testing.T, open Open, change ...func(*db.Config)) *bundle {
	t.Helper()
	b := &bundle{t: t, clock: &clock{at: began}}
	db := open(t, append([]func(*db.Config){func(c *db.Config) { c.Now = b.clock.Now }},
		append(change, func(c *db.Config) { b.config = *c })...)...)
	b.DB = db
	b.bot = b.newBot("Roofing quote bot")
	b.save(store.WebhookChange{Enabled: new(true), URL: new(hook)})
	t.Cleanup(func() {
		if !t.Failed() {
			b.requireConsistent()
		}
	})
	return b
}

func (b *bundle) ctx() context.Context { return context.Background() }

func (b *bundle) newBot(name string) uuid.UUID {
	b.t.Helper()
	bot, err := b.CreateBot(b.ctx(), name, maria)
	require.NoError(b.t, err)
	return bot.ID
}

// newID makes a UUIDv7 of the clock's moment; later ones are greater.
func (b *bundle) newID() uuid.UUID {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids++
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(b.clock.Now().UnixMilli())<<16|0x7000|b.ids>>6&0xfff)
	id[8] = 0x80 | byte(b.ids&0x3f)
	return id
}

// event is a Lead as the API hands it over.
func (b *bundle) event(id string, change ...func(*store.NewDelivery)) store.NewDelivery {
	e := store.NewDelivery{
		ID: b.newID(), EventID: id, EventName: "Lead", EventTime: b.clock.Now(),
		Payload: fmt.Appendf(nil, `{"event_name":"Lead","event_id":%q}`, id),
	}
	for _, f := range change {
		f(&e)
	}
	e.Fingerprint = sha256.Sum256(e.Payload)
	return e
}

func named(name string) func(*store.NewDelivery) {
	return func(e *store.NewDelivery) { e.EventName = name }
}

// events are n Leads with ids of their own.
func (b *bundle) events(n int) []store.NewDelivery {
	events := make([]store.NewDelivery, n)
	for i := range events {
		id := b.newID()
		events[i] = b.event("event-" + id.String())
	}
	return events
}

// accept takes events and returns their deliveries' ids.
func (b *bundle) accept(events ...store.NewDelivery) []uuid.UUID {
	b.t.Helper()
	return b.acceptFor(b.bot, events...)
}

func (b *bundle) acceptFor(bot uuid.UUID, events ...store.NewDelivery) []uuid.UUID {
	b.t.Helper()
	accepted, err := b.Accept(b.ctx(), bot, events)
	require.NoError(b.t, err)
	ids := make([]uuid.UUID, len(accepted))
	for i, a := range accepted {
		ids[i] = a.DeliveryID
	}
	return ids
}

func (b *bundle) save(c store.WebhookChange) store.Webhook {
	b.t.Helper()
	return b.saveFor(b.bot, c)
}

func (b *bundle) saveFor(bot uuid.UUID, c store.WebhookChange) store.Webhook {
	b.t.Helper()
	if c.By == (store.Actor{}) {
		c.By = maria
	}
	w, err := b.SaveWebhook(b.ctx(), store.FirstWebhook(bot), c)
	require.NoError(b.t, err)
	return w
}

func (b *bundle) webhook() store.Webhook {
	b.t.Helper()
	w, err := b.Webhook(b.ctx(), store.FirstWebhook(b.bot))
	require.NoError(b.t, err)
	return w
}

func (b *bundle) delivery(id uuid.UUID) store.Delivery {
	b.t.Helper()
	d, err := b.Delivery(b.ctx(), id)
	require.NoError(b.t, err)
	return d
}

func (b *bundle) summary() store.BotSummary {
	b.t.Helper()
	s, err := b.BotSummary(b.ctx(), b.bot)
	require.NoError(b.t, err)
	return s
}

// claim takes what is due of the bundle's bot.
func (b *bundle) claim(limit int) store.Claimed {
	b.t.Helper()
	c, err := b.Claim(b.ctx(), store.FirstWebhook(b.bot), limit, lease)
	require.NoError(b.t, err)
	return c
}

// claimOne takes exactly one delivery.
func (b *bundle) claimOne() store.Claim {
	b.t.Helper()
	c := b.claim(1)
	require.Len(b.t, c.Claims, 1)
	return c.Claims[0]
}

// attempt is a request that was made for a claim and answered with a status (0: not at all).
func (b *bundle) attempt(c store.Claim, status int) store.Attempt {
	return store.Attempt{
		BotID: c.BotID, DeliveryID: c.ID, StartedAt: b.clock.Now(), WebhookVersion: 2,
		StatusCode: status, Duration: 92 * time.Millisecond,
		Phases: store.Phases{DNS: -1, Connect: -1, TLS: -1},
	}
}

func delivered(b *bundle, c store.Claim) store.Settlement {
	return store.Settlement{Token: c.Token, Attempt: b.attempt(c, 200), Status: store.Delivered}
}

func failed(b *bundle, c store.Claim, status int) store.Settlement {
	return store.Settlement{Token: c.Token, Attempt: b.attempt(c, status), Status: store.Failed}
}

func retrying(b *bundle, c store.Claim, status int, wait time.Duration) store.Settlement {
	return store.Settlement{Token: c.Token, Attempt: b.attempt(c, status), Status: store.Retrying, DueAt: b.clock.Now().Add(wait)}
}

func (b *bundle) settle(s store.Settlement) store.Health {
	b.t.Helper()
	h, err := b.Settle(b.ctx(), s)
	require.NoError(b.t, err)
	return h
}

// deliver accepts one event and delivers it.
func (b *bundle) deliver(e store.NewDelivery) uuid.UUID {
	b.t.Helper()
	id := b.accept(e)[0]
	b.settle(delivered(b, b.claimOne()))
	return id
}

// list reads a whole list, page by page.
func (b *bundle) list(f store.DeliveryFilter) []store.Delivery {
	b.t.Helper()
	var all []store.Delivery
	for f.Limit = 200; ; {
		page, err := b.Deliveries(b.ctx(), f)
		require.NoError(b.t, err)
		all = append(all, page.Deliveries...)
		if page.Next == "" {
			return all
		}
		f.Cursor = page.Next
	}
}

func idsOf(deliveries []store.Delivery) []uuid.UUID {
	ids := make([]uuid.UUID, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.ID
	}
	return ids
}

func claimIDs(claims []store.Claim) []uuid.UUID {
	ids := make([]uuid.UUID, len(claims))
	for i, c := range claims {
		ids[i] = c.ID
	}
	return ids
}

// EndJob takes a job that was just started through all its steps. An erasure leaves "{}" of each payload.
func EndJob(t testing.TB, db *db.DB, j store.Job, err error) store.Job {
	t.Helper()
	require.NoError(t, err)
	for j.State == store.JobRunning {
		j, err = db.StepJob(t.Context(), j, 100, func([]byte) []byte { return []byte("{}") })
		require.NoError(t, err)
	}
	return j
}
