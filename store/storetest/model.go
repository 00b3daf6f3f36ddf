package storetest

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"iozen/store"
)

var modelRules = map[string]func(*testing.T, Open){
	"whatever happens in whatever order, the store does as the rules say": modelAgrees,
}

// model is what one bot's deliveries must be, by the rules and nothing else.
type model struct {
	b         *bundle
	t         *rapid.T
	rows      map[uuid.UUID]*modelRow
	order     []uuid.UUID // as accepted
	given     map[string]uuid.UUID
	on        bool
	settlesAt time.Time
	claims    []store.Claim // all that were ever handed out
	elsewhere int           // deliveries of other bots that wait
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
		m := &model{b: b, t: rt, rows: map[uuid.UUID]*modelRow{}, given: map[string]uuid.UUID{}, on: true, elsewhere: b.Waiting()}
		b.bot = b.newBot("model")
		b.save(store.WebhookChange{Enabled: new(true), URL: new(hook)})
		m.settlesAt = b.clock.Now()
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
	lanes, err := b.Lanes(b.ctx(), uuid.Nil, 1000)
	require.NoError(t, err)
	var due time.Time
	for _, l := range lanes {
		if l.BotID == b.bot {
			due = l.DueAt
		}
	}
	require.Equal(t, m.first(), due)
}

// first is when the first of the rows that wait is due.
func (m *model) first() (first time.Time) {
	for _, r := range m.rows {
		if !r.due.IsZero() && (first.IsZero() || r.due.Before(first)) {
			first = r.due
		}
	}
	return first
}
