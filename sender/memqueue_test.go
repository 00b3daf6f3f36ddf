package sender

import (
	"bytes"
	"context"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

// memQueue is a queue in memory with the store's rules of claiming, for tests in a synctest bubble
// (which does not see a database). It fails the test when a delivery is claimed twice within a lease.
type memQueue struct {
	t  *testing.T
	mu sync.Mutex

	rows     map[uuid.UUID]*memRow
	webhooks map[uuid.UUID]store.Webhook
	claims   int // rows handed out in all
	settled  []store.Settlement
	off      map[uuid.UUID]string
	fail     error // answer of every write while set
}

type memRow struct {
	store.Delivery
	token int64
}

func newMemQueue(t *testing.T) *memQueue {
	return &memQueue{t: t, rows: map[uuid.UUID]*memRow{}, webhooks: map[uuid.UUID]store.Webhook{}, off: map[uuid.UUID]string{}}
}

func (q *memQueue) addBot() uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	q.webhooks[id] = store.Webhook{BotID: id, Version: 1, WebhookState: store.WebhookState{Enabled: true, URL: "https://hook.example/" + id.String()}}
	return id
}

func (q *memQueue) add(bot uuid.UUID, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		id := uuid.Must(uuid.NewV7())
		q.rows[id] = &memRow{Delivery: store.Delivery{BotID: bot, ID: id, Status: store.Queued, CreatedAt: time.Now(), DueAt: time.Now()}}
	}
}

func (q *memQueue) due(bot uuid.UUID) []*memRow {
	var rows []*memRow
	for _, r := range q.rows {
		if r.BotID == bot && !r.DueAt.IsZero() {
			rows = append(rows, r)
		}
	}
	sort.Slice(rows, func(i, j int) bool {
		if !rows[i].DueAt.Equal(rows[j].DueAt) {
			return rows[i].DueAt.Before(rows[j].DueAt)
		}
		return bytes.Compare(rows[i].ID[:], rows[j].ID[:]) < 0
	})
	return rows
}

func (q *memQueue) Lanes(_ context.Context, after uuid.UUID, limit int) ([]store.LaneDue, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var lanes []store.LaneDue
	for bot := range q.webhooks {
		if rows := q.due(bot); len(rows) > 0 && bytes.Compare(bot[:], after[:]) > 0 {
			lanes = append(lanes, store.LaneDue{BotID: bot, DueAt: rows[0].DueAt})
		}
	}
	sort.Slice(lanes, func(i, j int) bool { return bytes.Compare(lanes[i].BotID[:], lanes[j].BotID[:]) < 0 })
	return lanes[:min(limit, len(lanes))], nil
}

func (q *memQueue) Claim(_ context.Context, bot uuid.UUID, limit int, lease time.Duration) (store.Claimed, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return store.Claimed{}, q.fail
	}
	now := time.Now()
	w, known := q.webhooks[bot]
	if !known {
		return store.Claimed{}, store.ErrNotFound
	}
	c := store.Claimed{Webhook: w, Hold: !w.Sends()}
	for _, r := range q.due(bot) {
		if !r.DueAt.After(now) && len(c.Claims) < limit && !c.Hold && !now.Before(w.SettlesAt) {
			before := r.Delivery
			r.Status, r.DueAt, r.token = store.Sending, now.Add(lease), r.token+1
			c.Claims = append(c.Claims, store.Claim{Delivery: before, Token: r.token})
			q.claims++
		}
	}
	if rows := q.due(bot); len(rows) > 0 {
		c.NextDue = rows[0].DueAt
	}
	return c, nil
}

func (q *memQueue) Settle(_ context.Context, s store.Settlement) (store.Health, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return store.Health{}, q.fail
	}
	r := q.rows[s.Attempt.DeliveryID]
	if r.token != s.Token {
		return store.Health{}, store.ErrLeaseLost
	}
	r.Status, r.DueAt = s.Status, s.DueAt
	r.Attempts++
	r.Round++
	q.settled = append(q.settled, s)
	return store.Health{BotID: r.BotID}, nil
}

func (q *memQueue) Unclaim(_ context.Context, claims []store.Claim) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range claims {
		if r := q.rows[c.ID]; r.token == c.Token {
			r.Delivery = c.Delivery
		}
	}
	return nil
}

func (q *memQueue) HoldWaiting(_ context.Context, bot uuid.UUID, limit int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, r := range q.due(bot) {
		if n < limit && r.Status != store.Sending {
			r.Status, r.DueAt = store.Held, time.Time{}
			n++
		}
	}
	return n, nil
}

func (q *memQueue) SwitchOff(_ context.Context, bot uuid.UUID, reason string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.off[bot] = reason
	return nil
}

func (q *memQueue) count(status store.Status) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, r := range q.rows {
		if r.Status == status {
			n++
		}
	}
	return n
}

// memEndpoint answers attempts by bot; it keeps the most requests that were under way at once.
type memEndpoint struct {
	mu     sync.Mutex
	answer map[uuid.UUID]func(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt
	now    map[uuid.UUID]int
	most   map[uuid.UUID]int
	total  int
	seen   []store.Attempt
}

func newMemEndpoint() *memEndpoint {
	return &memEndpoint{
		answer: map[uuid.UUID]func(context.Context, store.Webhook, store.Delivery) store.Attempt{},
		now:    map[uuid.UUID]int{}, most: map[uuid.UUID]int{},
	}
}

// after answers with a status once d has passed, or "cancelled" when the request is cut.
func after(d time.Duration, status int) func(context.Context, store.Webhook, store.Delivery) store.Attempt {
	return func(ctx context.Context, _ store.Webhook, _ store.Delivery) store.Attempt {
		select {
		case <-time.After(d):
			return store.Attempt{StatusCode: status}
		case <-ctx.Done():
			return store.Attempt{Outcome: OutcomeCancelled}
		}
	}
}

func (p *memEndpoint) Attempt(ctx context.Context, w store.Webhook, d store.Delivery) store.Attempt {
	p.mu.Lock()
	p.now[d.BotID]++
	p.total++
	p.most[d.BotID] = max(p.most[d.BotID], p.now[d.BotID])
	answer := p.answer[d.BotID]
	p.mu.Unlock()
	started := time.Now()
	if answer == nil {
		answer = after(time.Millisecond, 200)
	}
	a := answer(ctx, w, d)
	a.BotID, a.DeliveryID, a.StartedAt, a.Duration, a.URL = d.BotID, d.ID, started, time.Since(started), w.URL
	a.WebhookVersion, a.Number = w.Version, d.Attempts+1
	p.mu.Lock()
	p.now[d.BotID]--
	p.total--
	p.seen = append(p.seen, a)
	p.mu.Unlock()
	return a
}
