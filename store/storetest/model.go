package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"iozen/store"
	"iozen/store/db"
)

var modelRules = map[string]func(*testing.T, Open){
	"whatever happens in whatever order, the store does as the rules say": modelAgrees,
}

// model is what one bot's deliveries must be, by the rules and nothing else.
type model struct {
	b          *bundle
	t          *rapid.T
	rows       map[uuid.UUID]*modelRow
	order      []uuid.UUID // as accepted
	given      map[string]uuid.UUID
	on         bool
	quietUntil time.Time
	claims     []store.Claim // all that were ever handed out
	elsewhere  int           // deliveries of other bots that wait
	acts       []uuid.UUID   // resends and releases
	putBack    map[uuid.UUID]*modelPutBack
}

// modelPutBack is what a delivery was before the newest act that queued it again.
type modelPutBack struct {
	act   uuid.UUID
	was   modelRow
	at    time.Time
	taken bool
}

type modelRow struct {
	status   store.Status
	due      time.Time
	attempts int
	round    int
	token    int64
	open     bool // the claim with this token is neither settled nor handed back
	heldAt   time.Time
}

func modelAgrees(t *testing.T, open Open) {
	b := setup(t, open)
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{b: b, t: rt, rows: map[uuid.UUID]*modelRow{}, given: map[string]uuid.UUID{}, putBack: map[uuid.UUID]*modelPutBack{}, on: true, elsewhere: b.Waiting()}
		b.bot = b.newBot("model")
		b.save(store.WebhookChange{Enabled: new(true), URL: new(hook)})
		m.quietUntil = b.clock.Now()
		rt.Repeat(map[string]func(*rapid.T){
			"accept":  m.accept,
			"claim":   m.claim,
			"settle":  m.settle,
			"unclaim": m.unclaim,
			"resend":  m.resend,
			"switch":  m.toggle,
			"edit":    m.edit,
			"hold":    m.hold,
			"release": m.release,
			"undo":    m.takeBack,
			"expire":  m.expire,
			"wait":    m.wait,
			"":        m.check,
		})
	})
}

// count counts the model's rows.
func (m *model) count(of ...store.Status) (n int) {
	for _, r := range m.rows {
		for _, s := range of {
			if r.status == s {
				n++
			}
		}
	}
	return n
}

// check holds every row and every count of the store against the model.
func (m *model) check(*rapid.T) {
	b, t := m.b, m.t
	rows := b.list(store.DeliveryFilter{BotID: b.bot})
	require.Len(t, rows, len(m.order))
	for _, d := range rows {
		want := m.rows[d.ID]
		require.Equal(t, *want, modelRow{d.Status, d.DueAt, d.Attempts, d.Round, want.token, want.open, want.heldAt}, d.ID)
	}
	s := b.summary()
	waiting := m.count(store.Queued, store.Sending, store.Retrying)
	require.Equal(t, waiting, s.Waiting)
	require.Equal(t, m.count(store.Held), s.Held)
	require.Equal(t, m.elsewhere+waiting, b.Waiting())
	lanes, err := b.Lanes(b.ctx(), store.WebhookID{BotID: b.bot}, 1) // of the newest bot: none follows
	require.NoError(t, err)
	var due time.Time
	for _, l := range lanes {
		require.Equal(t, store.FirstWebhook(b.bot), l.WebhookID)
		due = l.DueAt
	}
	require.Equal(t, m.first(), due)
}

// first is when the first of the rows that wait is due.
func (m *model) first() time.Time { return m.firstOf(func(uuid.UUID, *modelRow) bool { return true }) }

func (m *model) firstOf(counts func(uuid.UUID, *modelRow) bool) (first time.Time) {
	for id, r := range m.rows {
		if counts(id, r) && !r.due.IsZero() && (first.IsZero() || r.due.Before(first)) {
			first = r.due
		}
	}
	return first
}

func (m *model) now() time.Time { return m.b.clock.Now() }

// wait lets time pass: a moment, past a retry, past a lease.
func (m *model) wait(t *rapid.T) {
	m.b.clock.Add(rapid.SampledFrom([]time.Duration{time.Millisecond, 5 * time.Second, lease, 24 * time.Hour}).Draw(t, "wait"))
}

// accept posts an array in which events may repeat each other and what came before.
func (m *model) accept(t *rapid.T) {
	var events []store.NewDelivery
	for range rapid.IntRange(1, 4).Draw(t, "events") {
		events = append(events, m.b.event(fmt.Sprintf("event-%d", rapid.IntRange(0, 40).Draw(t, "event"))))
	}
	accepted, err := m.b.Accept(m.b.ctx(), m.b.bot, events)
	require.NoError(t, err)
	for i, e := range events {
		want := store.Accepted{EventID: e.EventID, Status: store.Queued, DeliveryID: e.ID}
		if first, known := m.given[e.EventID]; known {
			want.Status, want.DeliveryID = store.Duplicate, first
		} else {
			m.add(e, &want)
		}
		require.Equal(t, want, accepted[i])
	}
}

func (m *model) add(e store.NewDelivery, want *store.Accepted) {
	row := &modelRow{status: store.Queued, due: m.now()}
	if !m.on {
		row.status, row.due, row.heldAt = store.Held, time.Time{}, m.now()
		want.Status = store.Held
	}
	m.rows[e.ID], m.given[e.EventID] = row, e.ID
	m.order = append(m.order, e.ID)
}

func (m *model) claim(t *rapid.T) {
	limit := rapid.IntRange(1, 5).Draw(t, "limit")
	c, err := m.b.Claim(m.b.ctx(), store.FirstWebhook(m.b.bot), limit, lease)
	require.NoError(t, err)
	require.Equal(t, !m.on, c.Hold)
	due := m.dueNow()
	if !m.on || m.now().Before(m.quietUntil) {
		require.Empty(t, c.Claims)
		return
	}
	require.LessOrEqual(t, len(c.Claims), limit)
	require.Equal(t, due > 0, len(c.Claims) > 0, "something that is due is always found")
	for _, claim := range c.Claims {
		row := m.rows[claim.ID]
		require.False(t, row.due.After(m.now()), "what is claimed was due")
		require.Greater(t, claim.Token, row.token)
		row.status, row.due, row.token, row.open = store.Sending, m.now().Add(lease), claim.Token, true
	}
	m.claims = append(m.claims, c.Claims...)
	// The end of a lease that another claim began may count, or be left to the look at all webhooks.
	own := m.firstOf(func(id uuid.UUID, r *modelRow) bool {
		return r.status != store.Sending || !r.due.After(m.now()) || slices.ContainsFunc(c.Claims, func(claim store.Claim) bool { return claim.ID == id })
	})
	require.Contains(t, []time.Time{m.first(), own}, c.NextDue)
}

// dueNow counts what may be claimed now.
func (m *model) dueNow() (n int) {
	for _, r := range m.rows {
		if !r.due.IsZero() && !r.due.After(m.now()) {
			n++
		}
	}
	return n
}

// pick draws a claim, a current or an old one.
func (m *model) pick(t *rapid.T) store.Claim {
	if len(m.claims) == 0 {
		t.Skip("nothing was claimed yet")
	}
	return rapid.SampledFrom(m.claims).Draw(t, "claim")
}

func (m *model) settle(t *rapid.T) {
	c := m.pick(t)
	s := rapid.SampledFrom([]store.Settlement{
		delivered(m.b, c), failed(m.b, c, 500), retrying(m.b, c, 503, time.Second), retrying(m.b, c, 0, time.Hour),
	}).Draw(t, "settlement")
	_, err := m.b.Settle(m.b.ctx(), s)
	row := m.rows[c.ID]
	if row.token != c.Token || !row.open {
		require.ErrorIs(t, err, store.ErrLeaseLost)
		return
	}
	require.NoError(t, err)
	row.open = false
	row.attempts++
	if row.status == store.Sending || s.Status == store.Delivered { // else it stays as an act has made it
		row.status, row.due = s.Status, s.DueAt
		row.round++
	}
	attempts, err := m.b.Attempts(m.b.ctx(), m.b.bot, c.ID)
	require.NoError(t, err)
	require.Len(t, attempts, row.attempts)
}

func (m *model) unclaim(t *rapid.T) {
	c := m.pick(t)
	require.NoError(t, m.b.Unclaim(m.b.ctx(), []store.Claim{c}))
	row := m.rows[c.ID]
	if row.token != c.Token {
		return
	}
	row.open = false
	if row.status != store.Sending {
		return
	}
	row.status, row.due = store.Queued, m.now()
	if row.round > 0 {
		row.status = store.Retrying
	}
}

func (m *model) resend(t *rapid.T) {
	if len(m.order) == 0 {
		t.Skip("nothing was accepted yet")
	}
	id := rapid.SampledFrom(m.order).Draw(t, "delivery")
	_, err := m.b.Resend(m.b.ctx(), m.b.bot, id, maria)
	if !m.on {
		require.ErrorIs(t, err, store.ErrOff)
		return
	}
	require.NoError(t, err)
	m.acts = append(m.acts, id)
	if row := m.rows[id]; row.status != store.Sending {
		m.putBack[id] = &modelPutBack{act: id, was: *row, at: m.now()}
		row.status, row.due, row.round = store.Queued, m.now(), 0
	}
}

func (m *model) toggle(*rapid.T) {
	m.on = !m.on
	m.b.save(store.WebhookChange{Enabled: &m.on})
}

// edit types a new URL, which settles.
func (m *model) edit(*rapid.T) {
	m.b.save(store.WebhookChange{URL: new("https://" + m.b.newID().String() + ".example"), QuietFor: settle})
	m.quietUntil = m.now().Add(settle)
}

func (m *model) hold(t *rapid.T) {
	n, err := m.b.HoldWaiting(m.b.ctx(), store.FirstWebhook(m.b.bot), 1000)
	require.NoError(t, err)
	held := 0
	for _, r := range m.rows {
		if !m.on && !r.due.IsZero() && (r.status != store.Sending || !r.due.After(m.now())) {
			r.status, r.due, r.heldAt = store.Held, time.Time{}, m.now()
			held++
		}
	}
	require.Equal(t, held, n)
}

// release queues all that is held, unless it would be held again.
func (m *model) release(t *rapid.T) {
	j, err := m.b.StartRelease(m.b.ctx(), store.FirstWebhook(m.b.bot), maria)
	if !m.on {
		require.ErrorIs(t, err, store.ErrOff)
		return
	}
	require.Equal(t, m.count(store.Held), EndJob(m.b.t, m.b.DB, j, err).Done)
	m.acts = append(m.acts, j.ID)
	for id, r := range m.rows {
		if r.status == store.Held {
			m.putBack[id] = &modelPutBack{act: j.ID, was: *r, at: m.now()}
			r.status, r.due, r.round = store.Queued, m.now(), 0
		}
	}
}

// takeBack takes an act back: what no attempt was made of since is what it was before.
func (m *model) takeBack(t *rapid.T) {
	if len(m.acts) == 0 {
		t.Skip("nothing was sent again yet")
	}
	act := rapid.SampledFrom(m.acts).Draw(t, "act")
	err := m.b.TakeBack(m.b.ctx(), act, maria)
	known := false
	for id, p := range m.putBack {
		if p.act != act || m.now().Sub(p.at) >= store.TakeBackFor {
			continue
		}
		known = true
		row := m.rows[id]
		waits := row.status == store.Queued || row.status == store.Sending || row.status == store.Held
		if waits && !p.taken && row.attempts == p.was.attempts {
			row.status, row.due, row.round, row.heldAt, p.taken = p.was.status, p.was.due, p.was.round, p.was.heldAt, true
		}
	}
	if !known {
		require.ErrorIs(t, err, store.ErrTooLate)
		return
	}
	require.NoError(t, err)
}

func (m *model) expire(t *rapid.T) {
	_, err := m.b.ExpireHeld(m.b.ctx(), m.b.clock.Now(), 100000)
	require.NoError(t, err)
	for _, r := range m.rows {
		if r.status == store.Held && m.now().Sub(r.heldAt) > db.HeldFor {
			r.status = store.Skipped
		}
	}
}
