package engine

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"iozen/sender/outcome"
	"iozen/store"
	"iozen/store/clock"
	"iozen/store/member"
)

// memQueue is a queue in memory with the store's rules of claiming, for tests in a synctest bubble
// (which does not see a database). Each bot has one webhook.
type memQueue struct {
	share member.Share
	t     *testing.T
	mu    sync.Mutex
	now   func() time.Time

	latest     time.Time
	rows       map[uuid.UUID]*memRow
	waiting    map[uuid.UUID][]*memRow // of each bot, those that have a time
	webhooks   map[uuid.UUID]store.Webhook
	claims     int // rows handed out in all
	settled    []store.Settlement
	off        map[uuid.UUID]string
	fail       error // answer of every write while set
	failSettle error // answer of every settlement while set
	returns    int   // claims handed back
	notify     func([]store.Notice)
	reserve    func(store.WebhookID, int) store.Reservation
	taken      int           // rows handed over as they were accepted
	blind      bool          // Lanes finds nothing
	looks      int           // calls of Lanes
	looking    time.Duration // how long each takes
}

type memRow struct {
	store.Delivery
	token int64
}

func newMemQueue(t *testing.T) *memQueue {
	return &memQueue{t: t, now: time.Now, rows: map[uuid.UUID]*memRow{}, waiting: map[uuid.UUID][]*memRow{}, webhooks: map[uuid.UUID]store.Webhook{}, off: map[uuid.UUID]string{}}
}

// clock is now; what waits moves with a clock that is set back, as in the store.
func (q *memQueue) clock() time.Time {
	now := q.now()
	if back := q.latest.Sub(now); back > clock.Slack/2 {
		for _, r := range q.rows {
			if !r.DueAt.IsZero() {
				r.DueAt = r.DueAt.Add(-back)
			}
		}
		for id, w := range q.webhooks {
			if !w.QuietUntil.IsZero() {
				w.QuietUntil = w.QuietUntil.Add(-back)
				q.webhooks[id] = w
			}
		}
	}
	q.latest = now
	return now
}

func (q *memQueue) Subscribe(notify func([]store.Notice)) func() {
	q.notify = notify
	return func() {}
}

// changed tells the engine, if there is one, what a commit changed.
func (q *memQueue) changed(bot uuid.UUID, what store.What) {
	if q.notify != nil {
		q.notify([]store.Notice{{WebhookID: store.FirstWebhook(bot), What: what}})
	}
}

func (q *memQueue) addBot() uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	q.mu.Lock()
	defer q.mu.Unlock()
	q.webhooks[id] = store.Webhook{WebhookID: store.FirstWebhook(id), Version: 1, WebhookState: store.WebhookState{Enabled: true, URL: "https://hook.example/" + id.String()}}
	return id
}

// MayStart is true: nobody else takes anything back.
func (q *memQueue) MayStart() bool { return true }

// Share is all.
func (q *memQueue) Share() member.Share { return q.share }

func (q *memQueue) ReserveFrom(reserve func(store.WebhookID, int) store.Reservation) {
	q.reserve = reserve
}

// add accepts events, and hands over those that places are reserved for, as the store does.
func (q *memQueue) add(bot uuid.UUID, n int) {
	var place store.Reservation
	if q.reserve != nil {
		place = q.reserve(store.FirstWebhook(bot), n)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.webhooks[bot]
	handed := store.Claimed{Webhook: w}
	places := place.Places
	if !w.Sends() || q.now().Before(w.QuietUntil) || q.fail != nil {
		places = 0
	}
	for range n {
		id := uuid.Must(uuid.NewV7())
		r := &memRow{Delivery: store.Delivery{BotID: bot, Webhook: 1, ID: id, Status: store.Queued, CreatedAt: q.now(), DueAt: q.now()}}
		if len(handed.Claims) < places {
			q.taken++
			r.token++
			r.Status, r.DueAt = store.Sending, q.now().Add(place.Lease)
			handed.Claims = append(handed.Claims, store.Claim{Delivery: r.Delivery, Token: r.token})
			handed.NextDue = r.DueAt
		}
		q.rows[id], q.waiting[bot] = r, append(q.waiting[bot], r)
	}
	if place.End != nil {
		place.End(handed) // as the store's writer does: no other commit comes between
	}
	if len(handed.Claims) < n {
		q.changed(bot, store.Due)
	}
}

// due lists what waits: first attempts, then retries, each by its time. The list is kept, so that sorting it again
// costs little.
func (q *memQueue) due(bot uuid.UUID) []*memRow {
	rows := slices.DeleteFunc(q.waiting[bot], func(r *memRow) bool { return r.DueAt.IsZero() })
	if !slices.IsSortedFunc(rows, (*memRow).compare) {
		slices.SortStableFunc(rows, (*memRow).compare)
	}
	q.waiting[bot] = rows
	return rows
}

func (r *memRow) compare(other *memRow) int {
	if c := cmp.Compare(min(r.Round, 1), min(other.Round, 1)); c != 0 {
		return c
	}
	return r.DueAt.Compare(other.DueAt)
}

func (q *memQueue) Lanes(_ context.Context, after store.WebhookID, limit int) ([]store.LaneDue, error) {
	time.Sleep(q.looking)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.looks++
	var lanes []store.LaneDue
	q.clock()
	if q.blind {
		return nil, nil
	}
	for bot := range q.webhooks {
		if rows := q.due(bot); len(rows) > 0 && bytes.Compare(bot[:], after.BotID[:]) > 0 {
			lanes = append(lanes, store.LaneDue{WebhookID: store.FirstWebhook(bot), DueAt: earliestDue(rows)})
		}
	}
	slices.SortFunc(lanes, func(a, b store.LaneDue) int { return bytes.Compare(a.BotID[:], b.BotID[:]) })
	return lanes[:min(limit, len(lanes))], nil
}

func (q *memQueue) Claim(_ context.Context, id store.WebhookID, limit int, lease time.Duration) (store.Claimed, error) {
	bot := id.BotID
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return store.Claimed{}, q.fail
	}
	now := q.clock()
	w, known := q.webhooks[bot]
	if !known {
		return store.Claimed{}, store.ErrNotFound
	}
	c := store.Claimed{Webhook: w, Hold: !w.Sends()}
	rows := q.due(bot)
	for _, r := range rows {
		if !r.DueAt.After(now) && len(c.Claims) < limit && !c.Hold && !now.Before(w.QuietUntil) {
			r.Status, r.DueAt, r.token = store.Sending, now.Add(lease), r.token+1
			c.Claims = append(c.Claims, store.Claim{Delivery: r.Delivery, Token: r.token})
			q.claims++
		}
	}
	if len(rows) > 0 {
		c.NextDue = earliestDue(rows)
	}
	return c, nil
}

func earliestDue(rows []*memRow) time.Time {
	at := rows[0].DueAt
	for _, r := range rows {
		if r.DueAt.Before(at) {
			at = r.DueAt
		}
	}
	return at
}

func (q *memQueue) Settle(_ context.Context, s store.Settlement) (store.Health, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.fail, q.failSettle); err != nil {
		return store.Health{}, err
	}
	r := q.rows[s.Attempt.DeliveryID]
	switch {
	case r == nil:
		return store.Health{}, store.ErrNotFound
	case r.token != s.Token || r.Status != store.Sending:
		return store.Health{}, store.ErrLeaseLost
	}
	r.Status, r.DueAt = s.Status, s.DueAt
	r.Attempts++
	r.Round++
	q.settled = append(q.settled, s)
	return store.Health{WebhookID: r.WebhookID()}, nil
}

func (q *memQueue) Unclaim(_ context.Context, claims []store.Claim) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return q.fail
	}
	for _, c := range claims {
		if r := q.rows[c.ID]; r != nil && r.token == c.Token && r.Status == store.Sending {
			r.Status, r.DueAt = store.Queued, q.now()
			if r.Round > 0 {
				r.Status = store.Retrying
			}
			q.returns++
		}
	}
	return nil
}

func (q *memQueue) HoldWaiting(_ context.Context, id store.WebhookID, limit int) (int, error) {
	bot := id.BotID
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fail != nil {
		return 0, q.fail
	}
	n := 0
	for _, r := range slices.Clone(q.due(bot)) {
		if n < limit && (r.Status != store.Sending || !r.DueAt.After(q.now())) {
			r.Status, r.DueAt = store.Held, time.Time{}
			n++
		}
	}
	return n, nil
}

func (q *memQueue) SwitchOff(_ context.Context, id store.WebhookID, reason string) error {
	bot := id.BotID
	q.mu.Lock()
	defer q.changed(bot, store.Settings)
	defer q.mu.Unlock()
	q.off[bot] = reason
	w := q.webhooks[bot]
	w.SwitchedOff = &store.SwitchedOff{Reason: reason}
	q.webhooks[bot] = w
	return nil
}

// edit changes a bot's webhook as a save does.
func (q *memQueue) edit(bot uuid.UUID, change func(*store.Webhook)) {
	q.mu.Lock()
	defer q.changed(bot, store.Settings)
	defer q.mu.Unlock()
	if w, known := q.webhooks[bot]; known {
		before := w.URL
		change(&w)
		w.Version++
		if w.URL != before {
			w.ChangedAt = q.now()
		}
		q.webhooks[bot] = w
	}
}

// remove deletes a bot with all that is its.
func (q *memQueue) remove(bot uuid.UUID) {
	q.mu.Lock()
	defer q.changed(bot, store.Settings|store.Revoked)
	defer q.mu.Unlock()
	delete(q.webhooks, bot)
	delete(q.waiting, bot)
	for id, r := range q.rows {
		if r.BotID == bot {
			delete(q.rows, id)
		}
	}
}

func (q *memQueue) webhook(bot uuid.UUID) (w store.Webhook, known bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w, known = q.webhooks[bot]
	return w, known
}

func (q *memQueue) deliveredOf(bot uuid.UUID) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for _, r := range q.rows {
		if r.BotID == bot && r.Status == store.Delivered {
			n++
		}
	}
	return n
}

func (q *memQueue) failWith(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail = err
}

func (q *memQueue) refuseSettlements(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failSettle = err
}

func (q *memQueue) lastSettled() store.Settlement {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.settled[len(q.settled)-1]
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
			return store.Attempt{Outcome: outcome.OutcomeCancelled}
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

// count is how many requests have been answered.
// all is every attempt that has ended since the answer last changed.
func (p *memEndpoint) all() []store.Attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// laneCount is the number of lanes that an engine knows.
func laneCount(e *Engine) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.lanes)
}

func (p *memEndpoint) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.seen)
}

// becomes changes how a bot's endpoint answers, and forgets what was seen until then.
func (p *memEndpoint) becomes(bot uuid.UUID, answer func(context.Context, store.Webhook, store.Delivery) store.Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer[bot], p.most[bot], p.seen = answer, 0, nil
}

func (p *memEndpoint) mostAtOnce(bot uuid.UUID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most[bot]
}
